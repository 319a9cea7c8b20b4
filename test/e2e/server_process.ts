/**
 * The real server in a process of its own, started as `deno task start` starts it, on a free loopback port.
 * It can be killed at any moment, also while it starts. Its log is read line by line: the line that tells
 * the port is the sign that it listens. Disposing kills what still runs and waits for its end.
 */
import { sleep, systemClock as clock } from "../../src/base/clock.ts";
import { serverArguments } from "../../tools/server_command.ts";

export interface LogLine {
  level: string;
  message: string;
}

export interface LaunchOptions {
  /** The data directory. */
  data: string;
  /** Further settings. */
  env?: Readonly<Record<string, string>>;
  /** What to start, given the command line that would start the server. */
  wrap?: (command: readonly string[]) => readonly string[];
}

export interface ServerAnswer {
  status: number;
  headers: Headers;
  text: string;
}

export interface Ended {
  code: number;
  /** From the signal to the end. */
  ms: number;
}

const STOP_MS_MAX = 10_000;
const READY_MS_MAX = 20_000;
const POLL_MS = 10;

export class ServerProcess implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  readonly pid: number;
  /** Its address, once it listens. @throws Error when it ends before */
  readonly origin: Promise<string>;
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  /** Whether it was told to end by SIGKILL. */
  killed = false;
  #alive = true;

  constructor({ data, env = {}, wrap = (command) => command }: LaunchOptions) {
    const settings = {
      PORT: "0",
      TOCSIN_DATA: data,
      TOCSIN_EGRESS_ALLOW: "127.0.0.1/32",
      ...env,
    };
    const [program, ...args] = wrap([Deno.execPath(), ...serverArguments(settings)]);
    this.#child = new Deno.Command(program!, {
      args,
      env: settings,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    const listening = Promise.withResolvers<string>();
    this.origin = listening.promise;
    // Whoever kills it while it starts does not ask for its address.
    this.origin.catch(() => {});
    this.#reading = this.#read(listening.resolve);
    this.ended = this.#child.status.then(async ({ code }) => {
      this.#alive = false;
      await this.#reading;
      listening.reject(new Error(`Cannot start the server: it ended with code ${code}: ${this.report()}`));
      return code;
    });
  }

  /** Sends a request, a body as JSON; answers whatever comes. */
  async ask(method: string, path: string, body?: unknown): Promise<ServerAnswer> {
    const answer = await fetch(await this.origin + path, {
      method,
      headers: { "content-type": "application/json" },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** As {@linkcode ask}, for what must succeed. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.ask(method, path, body);
    if (status >= 300) throw new Error(`Cannot ${method} ${path}: ${status} ${text}\n${this.report()}`);
    return text === "" ? undefined as T : JSON.parse(text);
  }

  /** Resolves when /readyz answers 200: replay included. */
  async ready(): Promise<this> {
    await this.until("ready", async () => (await this.ask("GET", "/readyz")).status === 200);
    return this;
  }

  /** Resolves when every rule has applied everything that the log holds by now. */
  async applied(ms = READY_MS_MAX): Promise<void> {
    const { next } = await this.#heads();
    await this.until("applied", async () => (await this.#heads()).applied >= next, ms);
  }

  /** Resolves when `condition` holds. @throws Error after `ms` */
  async until(what: string, condition: () => Promise<boolean> | boolean, ms = READY_MS_MAX): Promise<void> {
    const deadline = clock.monotonic() + ms;
    while (!await condition()) {
      if (clock.monotonic() > deadline) throw new Error(`Not ${what} after ${ms} ms: ${this.report()}`);
      await sleep(clock, POLL_MS);
    }
  }

  /** A figure of /proc/PID/status: VmRSS is memory held now, VmHWM the most that was ever held. */
  async memoryBytes(name: "VmRSS" | "VmHWM"): Promise<number> {
    const show = new Deno.Command("/bin/sh", { args: ["-c", 'cat "/proc/$0/status"', String(this.pid)] });
    const text = new TextDecoder().decode((await show.output()).stdout);
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)![1]) * 1024;
  }

  /** How many threads it has, and open files but sockets: those go when the other side says so. */
  async held(): Promise<{ threads: number; files: number }> {
    const script = 'sed -n "s/^Threads:[^0-9]*//p" "/proc/$0/status"; ls -l "/proc/$0/fd" | grep -cv socket:';
    const show = new Deno.Command("/bin/sh", { args: ["-c", script, String(this.pid)] });
    const [threads, files] = new TextDecoder().decode((await show.output()).stdout).split("\n").map(Number);
    return { threads: threads!, files: files! };
  }

  /** SIGKILL, and waits. */
  async kill(): Promise<void> {
    this.killed = true;
    this.#signal("SIGKILL");
    await this.ended;
  }

  /** SIGTERM, and waits. */
  async stop(): Promise<Ended> {
    const start = clock.monotonic();
    this.#signal("SIGTERM");
    const timer = clock.after(STOP_MS_MAX, () => this.#signal("SIGKILL"));
    const code = await this.ended;
    timer.cancel();
    return { code, ms: clock.monotonic() - start };
  }

  /** The end of its log. */
  report(): string {
    return this.lines.slice(-8).map((line) => JSON.stringify(line)).join("\n");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #signal(signal: Deno.Signal): void {
    if (this.#alive) this.#child.kill(signal);
  }

  async #heads(): Promise<{ next: number; applied: number }> {
    const page = (await this.ask("GET", "/metrics")).text;
    const sample = (name: string) => {
      const value = new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1];
      if (value === undefined) throw new Error(`Cannot find ${name} in /metrics: ${page.slice(0, 500)}`);
      return Number(value);
    };
    return { next: sample("tocsin_log_next_offset"), applied: sample("tocsin_rules_applied_offset") };
  }

  async #read(onOrigin: (origin: string) => void): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(line, onOrigin);
    }
  }

  #take(text: string, onOrigin: (origin: string) => void): void {
    // What the runtime itself prints is no record of ours.
    const line: LogLine = text.startsWith("{") ? JSON.parse(text) : { level: "runtime", message: text };
    this.lines.push(line);
    const origin = /^Tocsin listens on (\S+)$/.exec(line.message)?.[1];
    if (origin !== undefined) onOrigin(origin);
  }
}

/** Starts the server and waits until it is ready. */
export async function startServer(options: LaunchOptions): Promise<ServerProcess> {
  const server = new ServerProcess(options);
  try {
    return await server.ready();
  } catch (error) {
    await server.kill();
    throw error;
  }
}
