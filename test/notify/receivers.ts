/** Receivers on loopback for tests of sending: well-behaved ones, and raw ones that misbehave. */
import { parseRanges } from "../../src/base/address_ranges.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";

export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** What a request to a {@linkcode receiver} was. */
export interface Received {
  id: string;
  headers: Headers;
  body: string;
}

/** An HTTP server that keeps what it receives and answers as `answer` says. */
export function receiver(
  answer: (received: Received, n: number) => Response | Promise<Response> = () => new Response("ok"),
): Receiver & { readonly received: Received[] } {
  const received: Received[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const one = {
      id: request.headers.get("webhook-id") ?? "",
      headers: request.headers,
      body: await request.text(),
    };
    received.push(one);
    return await answer(one, received.length);
  });
  const { port } = server.addr;
  return {
    port,
    received,
    url: `http://127.0.0.1:${port}/in`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A TCP server that treats each connection as `behave` says; disposing closes what is open. */
export function rawReceiver(behave: (connection: Deno.TcpConn, n: number) => Promise<void>): Receiver {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const open = new Set<Deno.TcpConn>();
  const accepting = (async () => {
    const handled: Promise<void>[] = [];
    for await (const connection of listener) {
      open.add(connection);
      handled.push(behave(connection, open.size).catch(() => {}));
    }
    await Promise.all(handled);
  })();
  const { port } = listener.addr;
  return {
    port,
    url: `http://127.0.0.1:${port}/in`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
    },
  };
}

/** Closes a connection that may be closed already. */
export function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Reads what a small request sends. */
export async function readRequest(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  while (!complete(text)) {
    const n = await connection.read(buffer);
    if (n === null) break;
    text += decoder.decode(buffer.subarray(0, n), { stream: true });
  }
  return text;
}

function complete(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return new TextEncoder().encode(text.slice(end + 4)).length >= length;
}

export async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** A guard that opens loopback, as an operator would. */
export function loopbackGuard(resolver?: (host: string) => Promise<readonly string[]>) {
  const parsed = parseRanges("127.0.0.1");
  if ("bad" in parsed) throw new Error(parsed.bad);
  return createEgressGuard({ allow: parsed.ranges, ...(resolver === undefined ? {} : { resolver }) });
}
