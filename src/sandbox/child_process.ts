/**
 * One child process as the parent sees it: a request, then its reply or the child's end. It has no
 * permission of any kind (docs/decisions/0025), bounds of its heap and of WebAssembly memory, and an
 * environment that says no more than where modules are cached.
 */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
import { type Reply, REPLY_CHARACTERS_MAX, type Request } from "./protocol.ts";

const HEAP_MB_MAX = 96;
const WASM_PAGES_MAX = 3072;
/**
 * What a child may take beyond the deadline of a program, which it holds itself in CPU time, before it is
 * killed: room for the others on a busy machine.
 */
export const GRACE_MS = 2000;
/** Starting the process and loading its modules, on a busy machine. */
const START_MS_MAX = 10_000;
const STDERR_CHARACTERS_MAX = 2000;

export interface ChildOptions {
  clock: Clock;
  logger: Logger;
  /** The Deno that runs this program. */
  program: string;
  /** Variables that find the module cache; nothing else is passed on. */
  environment: Readonly<Record<string, string>>;
  /** The program of the child; tests give one that misbehaves. */
  entry?: URL;
  /** What starting may take, ms. */
  startMs?: number;
}

/** The arguments that start a child. */
export function childArguments(entry: URL, heapMb: number = HEAP_MB_MAX): string[] {
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-remote",
    "--deny-import",
    "--cached-only",
    `--v8-flags=--max-old-space-size=${heapMb},--wasm-max-mem-pages=${WASM_PAGES_MAX}`,
    entry.pathname,
  ];
}

export class Child {
  /** Programs that it has loaded, as far as its replies tell. */
  readonly programs = new Set<string>();
  #process: Deno.ChildProcess;
  #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #options: ChildOptions;
  #waiting: PromiseWithResolvers<Reply | null> | null = null;
  #reading: Promise<void>;
  #errors: Promise<string>;
  #isNew = true;
  #ended = false;
  #hasAnswered = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = new Deno.Command(options.program, {
      args: childArguments(options.entry ?? new URL("./child.ts", import.meta.url)),
      clearEnv: true,
      env: { ...options.environment },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#reading = this.#read();
    this.#errors = firstText(this.#process.stderr);
  }

  /** Whether it ever answered: one that did not could not start, which is no program's fault. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The reply, or null when the child ended or had to be killed instead. */
  async ask(request: Request): Promise<Reply | null> {
    if (this.#ended) return null;
    const waiting = this.#waiting = Promise.withResolvers<Reply | null>();
    const allowed = request.deadline_ms + GRACE_MS +
      (this.#isNew ? this.#options.startMs ?? START_MS_MAX : 0);
    const timer = this.#options.clock.after(allowed, () => this.kill());
    try {
      await this.#input.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    } catch {
      this.kill();
    }
    const reply = await waiting.promise;
    timer.cancel();
    this.#isNew = false;
    this.#hasAnswered ||= reply !== null;
    this.#note(request, reply);
    return reply;
  }

  #note(request: Request, reply: Reply | null): void {
    if (reply?.ok === true) this.programs.add(request.program);
    else this.programs.delete(request.program);
  }

  kill(): void {
    if (this.#ended) return;
    this.#end();
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It ended by itself in this moment: what was asked for.
    }
  }

  #end(): void {
    this.#ended = true;
    this.#waiting?.resolve(null);
  }

  async #read(): Promise<void> {
    let rest = "";
    try {
      for await (const chunk of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        for (const line of lines) this.#waiting?.resolve(JSON.parse(line) as Reply);
        if (rest.length > REPLY_CHARACTERS_MAX) this.kill();
      }
    } finally {
      if (!this.#ended) await this.#unexpectedEnd();
    }
  }

  async #unexpectedEnd(): Promise<void> {
    this.#end();
    const { code, signal } = await this.#process.status;
    this.#options.logger.warn("a child of the sandbox ended by itself", {
      code,
      signal,
      error: await this.#errors,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await Promise.allSettled([this.#input.abort(), this.#process.status, this.#reading, this.#errors]);
  }
}

async function firstText(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < STDERR_CHARACTERS_MAX) text += chunk;
  }
  return text.slice(0, STDERR_CHARACTERS_MAX).trim();
}
