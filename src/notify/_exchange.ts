/**
 * One request and its answer over node:http. It ends exactly once: with the whole answer, with as much of it
 * as is kept (the rest is dropped with the connection), or with a failure. Once a status has come the answer
 * stands, whatever becomes of its body.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { HttpAnswer, HttpFailure, HttpResult } from "../channel/http.ts";
import { RESPONSE_BODY_BYTES_MAX } from "../model/delivery.ts";
import { failed, failureOf } from "./_failure.ts";

export class Exchange {
  readonly result: Promise<HttpResult>;
  readonly #request: ClientRequest;
  readonly #settle: (result: HttpResult) => void;
  readonly #chunks: Uint8Array[] = [];
  readonly #bytesMax: number;
  #bytes = 0;
  #connected = false;
  #response: IncomingMessage | null = null;

  /** Takes over `request`, which was not ended yet, and sends `body`; keeps `bytesMax` bytes of the answer. */
  constructor(request: ClientRequest, body: Uint8Array, bytesMax: number = RESPONSE_BODY_BYTES_MAX) {
    this.#bytesMax = bytesMax;
    const { promise, resolve } = Promise.withResolvers<HttpResult>();
    this.result = promise;
    this.#settle = resolve;
    this.#request = request;
    request.on("socket", (socket) => {
      if (request.reusedSocket) this.#connected = true;
      else socket.once("connect", () => this.#connected = true);
    });
    request.on("response", (response) => this.#receive(response));
    request.on("upgrade", (response, socket) => {
      this.#response = response;
      this.#answer("complete");
      socket.destroy();
    });
    // The listener stays after the end: destroying the request makes it fail once more.
    request.on("error", (error) => this.#fail(error));
    request.end(body);
  }

  /** Ends it now: by the answer if its status has come, else as a failure. */
  stop(reason: "deadline" | "shutdown"): void {
    if (this.#response !== null) this.#answer("broken");
    else this.#settle(failed(this.#stopped(reason)));
    this.#request.destroy();
  }

  #stopped(reason: "deadline" | "shutdown"): HttpFailure {
    if (reason === "shutdown") return "shutdown_during_send";
    return this.#connected ? "timeout_after_send" : "connect_timeout";
  }

  #receive(response: IncomingMessage): void {
    this.#response = response;
    response.on("data", (chunk: Uint8Array) => this.#keep(chunk));
    response.on("end", () => this.#answer("complete"));
    response.on("error", () => this.#answer("broken"));
    response.on("close", () => this.#answer("broken"));
  }

  #keep(chunk: Uint8Array): void {
    const room = this.#bytesMax - this.#bytes;
    this.#chunks.push(chunk.subarray(0, room));
    this.#bytes += Math.min(chunk.length, room);
    if (chunk.length <= room) return;
    this.#answer("cut");
    this.#request.destroy();
  }

  #fail(error: unknown): void {
    if (this.#response !== null) this.#answer("broken");
    else this.#settle(failureOf(error, this.#connected));
  }

  // Later calls change nothing: a promise settles once.
  #answer(end: HttpAnswer["body_end"]): void {
    const response = this.#response!;
    const headers = Object.entries(response.headers)
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value ?? ""]);
    this.#settle({
      kind: "answer",
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(headers),
      body: textOf(this.#chunks, this.#bytesMax),
      body_end: end,
    });
  }
}

// A character that the cut divided is left out; what is no UTF-8 may grow, so the text is bounded again.
function textOf(chunks: readonly Uint8Array[], bytesMax: number): string {
  const decoder = new TextDecoder();
  // SQLite's functions end a text at NUL.
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("").replaceAll(
    "\0",
    "\ufffd",
  );
  if (text.length * 3 <= bytesMax) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
