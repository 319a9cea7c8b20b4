/**
 * A server of its own for the demo: the real one in a process of its own, on a free loopback port, with its data
 * in a directory that is removed afterwards and a token that only the demo knows.
 */
import { type Clock, sleep } from "../../src/base/clock.ts";
import { randomId } from "../../src/base/ids.ts";
import { serverArguments } from "../../tools/server_command.ts";

const READY_MS_MAX = 8_000;
const STOP_MS_MAX = 5_500;

export interface DemoServer extends AsyncDisposable {
  url: string;
  /** Sends `body` as JSON if there is one, and answers the JSON that comes back. @throws Error if not 2xx */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** Starts the server and waits until it is ready. */
export async function startServer(clock: Clock): Promise<DemoServer> {
  Deno.mkdirSync("data", { recursive: true });
  const data = Deno.makeTempDirSync({ dir: "data", prefix: "demo-" });
  const token = `demo-${randomId()}`;
  const port = freePort();
  const environment = {
    PORT: String(port),
    TOCSIN_HOST: "127.0.0.1",
    TOCSIN_DATA: data,
    TOCSIN_ADMIN_TOKEN: token,
    TOCSIN_EGRESS_ALLOW: "127.0.0.1/32",
    TOCSIN_LOG: "warn",
  };
  const args = serverArguments(environment);
  const child = new Deno.Command(Deno.execPath(), { args, env: environment, stdin: "null" }).spawn();
  const url = `http://127.0.0.1:${port}`;
  const server: DemoServer = {
    url,
    call: (method, path, body) => call({ token, method, url: `${url}${path}`, body }),
    async [Symbol.asyncDispose]() {
      await stop(clock, child);
      Deno.removeSync(data, { recursive: true });
    },
  };
  try {
    await untilReady(clock, { url, child });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilReady(clock: Clock, { url, child }: { url: string; child: Deno.ChildProcess }) {
  const deadline = clock.monotonic() + READY_MS_MAX;
  let exit: Deno.CommandStatus | undefined;
  child.status.then((status) => exit = status);
  while (clock.monotonic() < deadline) {
    if (exit) throw new Error(`Cannot start the server: it ended with code ${exit.code}`);
    if (await isReady(url)) return;
    await sleep(clock, 50);
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

async function call<T>(
  request: { token: string; method: string; url: string; body: unknown },
): Promise<T> {
  const { token, method, url, body } = request;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(url, {
    method,
    headers,
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cannot ${method} ${url}: status ${answer.status}: ${text}`);
  return JSON.parse(text);
}

async function stop(clock: Clock, child: Deno.ChildProcess): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
  };
  kill("SIGTERM");
  const timer = clock.after(STOP_MS_MAX, () => kill("SIGKILL"));
  await child.status;
  timer.cancel();
}
