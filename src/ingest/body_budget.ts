/**
 * How much memory the bodies in flight may take together: a request's bytes and parsed events are held
 * until they are committed. A request that does not fit is told to come back; it is never half read and
 * kept. The estimate is three bytes of heap for a byte of JSON and 64 for an event, which was measured to
 * lie above what ordinary events take.
 */
import { Problem } from "../base/problem.ts";

/** Estimated bytes over all requests. */
export const BODIES_BYTES_MAX = 1280 * 1024 * 1024;
const HEAP_BYTES_PER_BODY_BYTE = 3;
const HEAP_BYTES_PER_EVENT = 64;
const RETRY_AFTER_S = 1;

/** What one request holds. */
export interface BodyLease {
  /** @throws Problem 503 when the budget is spent, 413 when this request alone would spend it */
  charge(size: { bytes: number; events: number }): void;
  /** Gives everything back. Idempotent. */
  release(): void;
}

export class BodyBudget {
  readonly #bytesMax: number;
  #used = 0;

  constructor(bytesMax: number = BODIES_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Estimated bytes held now. */
  get used(): number {
    return this.#used;
  }

  open(): BodyLease {
    let held = 0;
    return {
      charge: ({ bytes, events }) => {
        const more = bytes * HEAP_BYTES_PER_BODY_BYTE + events * HEAP_BYTES_PER_EVENT;
        if (held + more > this.#bytesMax) throw tooHeavy();
        if (this.#used + more > this.#bytesMax) throw overloaded();
        held += more;
        this.#used += more;
      },
      release: () => {
        this.#used -= held;
        held = 0;
      },
    };
  }
}

function tooHeavy(): Problem {
  return new Problem({
    status: 413,
    code: "request_too_heavy",
    detail: "Cannot hold the request in memory: send its events in several requests",
  });
}

function overloaded(): Problem {
  return new Problem({
    status: 503,
    code: "overloaded",
    detail: "Cannot take the request now: the requests in flight use up the memory for bodies",
    headers: { "retry-after": String(RETRY_AFTER_S) },
  });
}
