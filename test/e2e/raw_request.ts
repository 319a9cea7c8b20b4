/**
 * A request written to a socket byte by byte as the test wants it: half sent, standing still, broken off,
 * or longer than it said. Reads the answer while it writes, as a server may answer early.
 */
import { systemClock as clock } from "../../src/base/clock.ts";

export interface RawAnswer {
  status: number;
  /** The member `code` of a problem; null for another body. */
  code: string | null;
  body: string;
  /** From the moment before the last write to the answer. */
  ms: number;
}

type Bytes = string | Uint8Array;

export interface RawRequest {
  origin: string;
  /** Path of a POST. */
  path: string;
  headers: readonly string[];
  /** What is answered; after it nothing is sent and the connection stays open. */
  last: Bytes;
  /** Closes this side after the last byte. */
  breaksOff?: boolean;
}

const READ_BYTES = 64 * 1024;

/** Sends `request` and waits for the answer's head and body; status 0 when the server closed without one. */
export async function sendRaw(request: RawRequest): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(request.origin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  connection.setNoDelay(true);
  const reading = readAnswer(connection);
  const head = [`POST ${request.path} HTTP/1.1`, `host: ${host}`, ...request.headers, "", ""].join("\r\n");
  await write(connection, bytesOf(head));
  const start = clock.monotonic();
  const writing = write(connection, bytesOf(request.last));
  if (request.breaksOff) await writing.then(() => connection.closeWrite());
  const { status, body } = await reading;
  const ms = clock.monotonic() - start;
  connection.close();
  await writing;
  return { status, body, ms, code: codeOf(body) };
}

export function bytesOf(bytes: Bytes): Uint8Array {
  return typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch {
    // It has answered and wants no more: the answer tells.
  }
}

async function readAnswer(connection: Deno.Conn): Promise<{ status: number; body: string }> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(READ_BYTES);
  let text = "";
  for (;;) {
    const [head, ...rest] = text.split("\r\n\r\n");
    const body = rest.join("\r\n\r\n");
    const length = /^content-length: (\d+)$/mi.exec(head!)?.[1];
    if (rest.length > 0 && bytesOf(body).length >= Number(length ?? 0)) {
      return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head!)![1]), body };
    }
    const read = await connection.read(buffer).catch(() => null);
    if (read === null) return { status: 0, body: text };
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
}

function codeOf(body: string): string | null {
  return body.startsWith("{") ? JSON.parse(body).code ?? null : null;
}
