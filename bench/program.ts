/**
 * A program of the bench in a process of its own, seen from main.ts: started, asked (./line_service.ts),
 * and ended by closing its input, or killed when that does not help.
 */
import { type Clock, sleep } from "../src/base/clock.ts";
import { lines } from "./line_service.ts";

const STOP_MS_MAX = 2000;

export interface Program<Request, Reply> extends AsyncDisposable {
  readonly pid: number;
  /** @throws Error with what the program threw, or that it ended */
  ask(request: Request): Promise<Reply>;
}

/** Starts `file` of this folder with the permissions `allow`; `args` go to the program. */
export function startProgram<Request, Reply>(
  clock: Clock,
  { file, allow, args = [] }: { file: string; allow: readonly string[]; args?: readonly string[] },
): Program<Request, Reply> {
  const path = decodeURIComponent(new URL(file, import.meta.url).pathname);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...allow, path, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const replies = lines(child.stdout);
  return {
    pid: child.pid,
    async ask(request) {
      await input.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
      const { value, done } = await replies.next();
      if (done) throw new Error(`Cannot ask ${file}: it has ended`);
      const { reply, error } = JSON.parse(value);
      if (error !== undefined) throw new Error(`${file}: ${error}`);
      return reply;
    },
    async [Symbol.asyncDispose]() {
      await input.close().catch(() => {}); // It may have ended by itself.
      await ended(clock, child);
      await replies.return(undefined);
    },
  };
}

/** Waits for `child`, and kills it when it takes too long. */
export async function ended(clock: Clock, child: Deno.ChildProcess, ms = STOP_MS_MAX): Promise<void> {
  const status = child.status.then(() => true);
  if (await Promise.race([status, sleep(clock, ms).then(() => false)])) return;
  killed(child, "SIGKILL");
  await status;
}

/** Sends a signal; a process that has ended already is as good. */
export function killed(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
