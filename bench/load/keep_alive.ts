/**
 * One HTTP/1.1 connection that stays open, written by hand so that the generator costs little: requests are
 * bytes made beforehand, and of an answer only the status, the length and the end are read. It expects what
 * the bench's servers send: 202 with a Content-Length. Anything else is an error, never a wrong figure.
 * Over node:net, whose reads cost no promise each.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const ACCEPTED = [..."HTTP/1.1 202 "].map((letter) => letter.charCodeAt(0));

/** A whole request as bytes. */
export function requestBytes(
  { path, type, body }: { path: string; type: string; body: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\n` +
    `content-length: ${body.length}${HEAD_END}`;
  const bytes = new Uint8Array(head.length + body.length);
  new TextEncoder().encodeInto(head, bytes);
  bytes.set(body, head.length);
  return bytes;
}

export class KeepAlive implements Disposable {
  readonly #socket: Socket;
  #held: Uint8Array = new Uint8Array(0);
  #lastLength = 0;
  #waiting: PromiseWithResolvers<void> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static async open(port: number): Promise<KeepAlive> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new KeepAlive(socket);
  }

  /** Sends a request; resolves with its answer. @throws Error when that is not a 202 */
  post(request: Uint8Array): Promise<void> {
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  [Symbol.dispose](): void {
    this.#waiting = null;
    this.#socket.destroy();
  }

  #take(bytes: Uint8Array): void {
    this.#held = this.#held.length === 0 ? bytes : joined(this.#held, bytes);
    try {
      if (!this.#isWhole(this.#held)) return;
    } catch (error) {
      return this.#fail(error);
    }
    this.#held = new Uint8Array(0);
    this.#waiting?.resolve();
  }

  #fail(error: unknown): void {
    this.#waiting?.reject(error);
  }

  /** A 202 as long as the last answer is whole: only the digits of offsets change. Others are read closely. */
  #isWhole(held: Uint8Array): boolean {
    const accepted = ACCEPTED.every((byte, i) => held[i] === byte);
    if (accepted && held.length === this.#lastLength) return true;
    const text = new TextDecoder().decode(held);
    const length = answerLength(text);
    if (length > held.length) return false;
    if (length < held.length) throw new Error(`more than one answer: ${text}`);
    if (!accepted) throw new Error(`expected 202: ${text}`);
    this.#lastLength = length;
    return true;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Bytes of the whole answer; Infinity while its head is incomplete. */
function answerLength(text: string): number {
  const head = text.indexOf(HEAD_END);
  if (head < 0) return Infinity;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head));
  if (length === null) throw new Error(`an answer without a length: ${text}`);
  return head + HEAD_END.length + Number(length[1]);
}
