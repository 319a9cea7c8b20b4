/** A child that reads its requests and never answers. */
for await (const _chunk of Deno.stdin.readable);
