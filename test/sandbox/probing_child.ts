/** A child that answers every request with what it may do and what it can see of its environment. */
const names = ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const;
const value = Object.fromEntries(names.map((name) => [name, Deno.permissions.querySync({ name }).state]));
for await (const _chunk of Deno.stdin.readable) console.log(JSON.stringify({ ok: true, value }));
