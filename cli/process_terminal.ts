/** The terminal of this process: its streams, written whole, and the environment as it is given. */
import type { Terminal } from "./mod.ts";

const encoder = new TextEncoder();

export const processTerminal: Terminal = {
  environment: (name) => Deno.env.get(name),
  print: (text) => writeAll(Deno.stdout, text),
  complain: (text) => writeAll(Deno.stderr, text),
};

/** What a shell tells of a process that SIGPIPE ended. */
const BROKEN_PIPE = 141;

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    // The reader, such as head, has seen enough.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(BROKEN_PIPE);
    throw error;
  }
}
