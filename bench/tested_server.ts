/**
 * The server that is measured: the real one, in a process of its own, started the way `deno task start`
 * starts it, on a free loopback port. What it has done is read off its own /metrics; what it costs, off /proc.
 */
import { type Clock, sleep } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { serverArguments } from "../tools/server_command.ts";
import { cpuMs, residentBytes } from "./process_cost.ts";
import { ended, killed } from "./program.ts";

const READY_MS_MAX = 120_000;
/** How long rules may take to apply what the log holds. */
export const APPLIED_MS_MAX = 60_000;
const STOP_MS_MAX = 8000;
const READY_POLL_MS = 2;
/** Rendering /metrics costs the server time that is being measured: a hundredth of a second is exact enough. */
const APPLIED_POLL_MS = 10;

export interface TestedServer extends AsyncDisposable {
  readonly port: number;
  /** From spawn to ready, ms. */
  readonly start_ms: number;
  /** @throws Error if the answer is not 2xx */
  call(method: string, path: string, body?: unknown): Promise<JsonObject>;
  /** A sample of /metrics by its name. */
  metric(name: string): Promise<number>;
  /** Resolves when every rule has applied every event below offset `end`, and those are in the log. */
  applied(end: number): Promise<void>;
  /** User and system time so far, ms; null where there is no /proc. */
  cpuMs(): number | null;
  /** Resident memory; null where there is no /proc. */
  residentBytes(): number | null;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
}

/** Starts the server on the data directory `data` and waits until it is ready: replay included. */
export async function startTestedServer(
  clock: Clock,
  { data, v8Flags }: { data: string; v8Flags?: string },
): Promise<TestedServer> {
  const port = freePort();
  const env = {
    PORT: String(port),
    TOCSIN_HOST: "127.0.0.1",
    TOCSIN_DATA: data,
    TOCSIN_EGRESS_ALLOW: "127.0.0.1/32",
    TOCSIN_LOG: "warn",
  };
  const [run = "run", ...rest] = serverArguments(env);
  const args = [run, ...(v8Flags === undefined ? [] : [`--v8-flags=${v8Flags}`]), ...rest];
  const start = clock.monotonic();
  const child = new Deno.Command(Deno.execPath(), { args, env, stdin: "null" }).spawn();
  const url = `http://127.0.0.1:${port}`;
  const stop = async (signal: Deno.Signal) => {
    killed(child, signal);
    await ended(clock, child, STOP_MS_MAX);
  };
  try {
    await untilReady(clock, url, child);
  } catch (error) {
    await stop("SIGKILL");
    throw error;
  }
  const metric = (name: string) => readMetric(url, name);
  return {
    port,
    start_ms: clock.monotonic() - start,
    call: (method, path, body) => call(url + path, method, body),
    metric,
    applied: (end) => untilApplied(clock, url, end),
    cpuMs: () => cpuMs(child.pid),
    residentBytes: () => residentBytes(child.pid),
    stop: () => stop("SIGTERM"),
    kill: () => stop("SIGKILL"),
    [Symbol.asyncDispose]: () => stop("SIGTERM"),
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilReady(clock: Clock, url: string, child: Deno.ChildProcess): Promise<void> {
  const deadline = clock.monotonic() + READY_MS_MAX;
  let code: number | null = null;
  child.status.then((status) => code = status.code);
  while (clock.monotonic() < deadline) {
    if (code !== null) throw new Error(`Cannot start the server: it ended with code ${code}`);
    if (await isReady(url)) return;
    await sleep(clock, READY_POLL_MS);
  }
  throw new Error(`Cannot start the server: not ready after ${READY_MS_MAX} ms`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false; // Nothing listens yet: the deadline of the caller decides.
  }
}

async function call(url: string, method: string, body: unknown): Promise<JsonObject> {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json" },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cannot ${method} ${url}: status ${answer.status}: ${text}`);
  return JSON.parse(text);
}

async function untilApplied(clock: Clock, url: string, end: number): Promise<void> {
  const deadline = clock.monotonic() + APPLIED_MS_MAX;
  let applied = -1;
  while (clock.monotonic() < deadline) {
    applied = await readMetric(url, "tocsin_rules_applied_offset");
    if (applied >= end) return;
    await sleep(clock, APPLIED_POLL_MS);
  }
  throw new Error(`the slowest rule is at ${applied} after ${APPLIED_MS_MAX} ms, and ${end} was expected`);
}

async function readMetric(url: string, name: string): Promise<number> {
  return sample(await metricsPage(url), name);
}

async function metricsPage(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

function sample(page: string, name: string): number {
  const line = page.split("\n").find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`Cannot read the metric ${name}: /metrics does not have it`);
  return Number(line.slice(name.length + 1));
}
