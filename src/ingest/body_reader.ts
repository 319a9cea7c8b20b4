/**
 * Reads a request's body chunk by chunk and counts: 413 at the byte that passes the limit (or at once when
 * Content-Length says so), 408 when it stands still, 503 when the bodies in flight use up their memory.
 * Whoever reads calls `close` in the end, on every way out.
 */
import type { Hash } from "node:crypto";
import { badRequest, Problem } from "../base/problem.ts";
import type { BodyLease } from "./body_budget.ts";
import type { StallWatch, Watched } from "./stall_watch.ts";

export interface BodyOptions {
  bytesMax: number;
  lease: BodyLease;
  stalls: StallWatch;
  /** Fed with every byte, for requests with an Idempotency-Key. */
  hash: Hash | null;
}

export class BodyReader {
  readonly #options: BodyOptions;
  readonly #announced: number | null;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  readonly #watched: Watched | null;
  #received = 0;
  #stalled = false;

  /** @throws Problem 413 when Content-Length passes the limit */
  constructor(request: { headers: Headers; body: ReadableStream<Uint8Array> | null }, options: BodyOptions) {
    this.#options = options;
    this.#announced = contentLength(request.headers);
    if (this.#announced !== null && this.#announced > options.bytesMax) throw tooLarge(options.bytesMax);
    this.#reader = request.body?.getReader() ?? null;
    this.#watched = this.#reader === null ? null : options.stalls.watch(() => this.#stall());
  }

  /** As many bytes came as Content-Length promised: nothing more will. */
  get complete(): boolean {
    return this.#received === this.#announced;
  }

  /** The next chunk, never empty; null at the end. @throws Problem 400, 408, 413, 503 */
  async next(): Promise<Uint8Array | null> {
    if (this.#reader === null) return null;
    for (;;) {
      const { value, done } = await this.#read(this.#reader);
      if (this.#stalled) throw stalledBody();
      if (done) return null;
      if (value.length > 0) return this.#take(value);
    }
  }

  /** Lets go of the stream; what was not read is not wanted. Idempotent. */
  close(): void {
    this.#watched?.end();
    // The other side may be gone already: nobody is left to be told.
    this.#reader?.cancel().catch(() => {});
  }

  #take(chunk: Uint8Array): Uint8Array {
    this.#watched?.touch();
    this.#received += chunk.length;
    if (this.#received > this.#options.bytesMax) throw tooLarge(this.#options.bytesMax);
    this.#options.lease.charge({ bytes: chunk.length, events: 0 });
    this.#options.hash?.update(chunk);
    return chunk;
  }

  async #read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await reader.read();
    } catch (cause) {
      throw new Problem({
        status: 400,
        code: "body_incomplete",
        detail: "Cannot read the body: it broke off",
        cause,
      });
    }
  }

  #stall(): void {
    this.#stalled = true;
    this.#reader?.cancel().catch(() => {});
  }
}

/** Content-Length, null when the body is sent in chunks. */
function contentLength(headers: Headers): number | null {
  const text = headers.get("content-length");
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}

function tooLarge(bytesMax: number): Problem {
  return new Problem({
    status: 413,
    code: "body_too_large",
    detail: `Cannot take a body of more than ${bytesMax} bytes`,
  });
}

function stalledBody(): Problem {
  return new Problem({
    status: 408,
    code: "body_timeout",
    detail: "Cannot wait for the body any longer: no byte came",
    headers: { connection: "close" },
  });
}

/** 400 for a body that is missing where one is needed. */
export function emptyBody(): Problem {
  return badRequest("empty_body", "Cannot read the body: it is empty");
}
