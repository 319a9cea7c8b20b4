/**
 * Counts requests: by route as it is written, not by path, and by the class of their status, so that the
 * series are bounded. A series is made once; a request costs an array look-up and a bucket.
 */
import type { Counter, Histogram, Metrics } from "../src/base/metrics.ts";

/** Of one route. */
export interface RouteMeter {
  /** A request was answered; for a stream, its head. */
  answered(status: number, seconds: number): void;
}

/** Statuses that say "not now", each told by itself. */
const REFUSALS: readonly number[] = [429, 503, 507];

export class HttpMeters {
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  readonly #refused: ReadonlyMap<number, { add(n: number): void }>;

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter(
      "tocsin_http_requests_total",
      "Requests answered, by route and class of status.",
    );
    this.#seconds = metrics.histogram("tocsin_http_request_seconds", "Time to the head of the answer.");
    const refused = metrics.counter(
      "tocsin_http_refused_total",
      "Requests refused for want of room or time.",
    );
    this.#refused = new Map(REFUSALS.map((status) => [status, refused.of({ status: String(status) })]));
  }

  route(method: string, route: string): RouteMeter {
    const byClass: { add(n: number): void }[] = [];
    let seconds: { observe(value: number): void } | null = null;
    return {
      answered: (status, took) => {
        const kind = Math.trunc(status / 100);
        (byClass[kind] ??= this.#requests.of({ method, route, status: `${kind}xx` })).add(1);
        (seconds ??= this.#seconds.of({ method, route })).observe(took);
      },
    };
  }

  /** A request that a route refused by a problem. */
  refused(status: number): void {
    this.#refused.get(status)?.add(1);
  }
}
