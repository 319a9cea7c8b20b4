/**
 * Programs of the bench talk JSON lines: a request on standard input, one reply a line on standard output.
 * A program ends when its input does, so none outlives the bench.
 */
import process from "node:process";

/** Answers every request with `handle`, one after another; a throw is answered as `{error}`. */
export async function serveLines<Request, Reply>(
  handle: (request: Request) => Reply | Promise<Reply>,
): Promise<void> {
  for await (const line of lines(Deno.stdin.readable)) {
    const reply = await answer(() => handle(JSON.parse(line)));
    await write(Deno.stdout, JSON.stringify(reply) + "\n");
  }
}

/** CPU time of this process so far, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The lines of a stream of bytes, without their ends. */
export async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

async function answer(work: () => unknown): Promise<unknown> {
  try {
    return { reply: await work() };
  } catch (error) {
    return { error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

async function write(to: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}
