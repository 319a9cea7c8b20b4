/**
 * Questions to the Worker of a backtest, answered in their order. It ends with the Worker, with a piece that takes too
 * long, or when the backtest is cancelled; whoever waits for an answer then is told why.
 */
import type { Worker } from "node:worker_threads";
import type { Clock } from "../src/base/clock.ts";
import type { FromBacktest, ToBacktest } from "./backtest_worker.ts";

/** A piece that takes longer has hung. */
const PIECE_MS_MAX = 60_000;

export class BacktestConversation implements Disposable {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #asked: PromiseWithResolvers<FromBacktest>[] = [];
  #ended: Error | null = null;

  constructor(worker: Worker, clock: Clock, signal: AbortSignal) {
    this.#worker = worker;
    this.#clock = clock;
    this.#signal = signal;
    worker.on("message", (message: FromBacktest) => {
      const next = this.#asked.shift();
      if (message.kind === "failed") next?.reject(new Error(message.error));
      else next?.resolve(message);
    });
    worker.on("error", (error) => this.#fail(new Error(`its Worker ended: ${error.message}`)));
    worker.on("exit", () => this.#fail(new Error("its Worker ended")));
    signal.addEventListener("abort", () => this.#fail(new Error("it was cancelled")), { once: true });
  }

  async ask(message: ToBacktest): Promise<FromBacktest> {
    if (this.#ended !== null) throw this.#ended;
    const asked = Promise.withResolvers<FromBacktest>();
    // Whoever waits for an earlier one is told first; this one is told as well.
    asked.promise.catch(() => {});
    this.#asked.push(asked);
    const timer = this.#clock.after(
      PIECE_MS_MAX,
      () => this.#fail(new Error("it took too long over one piece of the log")),
    );
    this.#worker.postMessage(message);
    try {
      return await asked.promise;
    } finally {
      timer.cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#fail(new Error("it is over"));
  }

  #fail(error: Error): void {
    if (this.#ended !== null) return;
    this.#ended = this.#signal.aborted ? new Error("it was cancelled") : error;
    for (const asked of this.#asked.splice(0)) asked.reject(this.#ended);
  }
}
