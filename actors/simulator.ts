/**
 * Simulations in a Worker of their own. A rule may test a text of a megabyte in many ways, which takes
 * seconds in which the main thread would serve nobody. One simulation runs at a time, the others wait in
 * order. One that takes longer than {@linkcode SIMULATION_MS_MAX}, or more memory than the Worker has, ends
 * with its Worker and is refused; the next one gets a new Worker.
 */
import { Worker } from "node:worker_threads";
import type { Clock } from "../src/base/clock.ts";
import { Problem } from "../src/base/problem.ts";
import type { SimulationResult } from "./simulation.ts";
import type { SimulationAnswer, SimulationTask } from "./simulation_worker.ts";

export const SIMULATION_MS_MAX = 10_000;
/** Until a new Worker is there, which a busy machine makes late. */
const WORKER_MS_MAX = 60_000;
/** Simulations under way and waiting. */
export const SIMULATIONS_MAX = 100;
const HEAP_MB = 512;

type Outcome = Exclude<SimulationAnswer, { kind: "taken" }>;

export class Simulator implements AsyncDisposable {
  readonly #clock: Clock;
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;
  /** Ends the simulation under way. */
  #refuse: ((problem: Problem) => void) | null = null;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Problem 413 too heavy, 503 too many at a time or stopping */
  async simulate(given: SimulationTask): Promise<SimulationResult> {
    if (this.#count >= SIMULATIONS_MAX) throw overloaded();
    this.#count++;
    const run = this.#last.then(() => this.#run(given));
    this.#last = run.catch(() => {});
    try {
      return await run;
    } finally {
      this.#count--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#refuse?.(stopping());
    await this.#last;
    if (this.#worker !== null) await this.#end(this.#worker);
  }

  async #run(given: SimulationTask): Promise<SimulationResult> {
    if (this.#closed) throw stopping();
    const worker = this.#worker ??= new Worker(new URL("./simulation_worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const died = () => reject(tooHeavy("memory"));
    let timer = this.#clock.after(WORKER_MS_MAX, () => reject(overloaded()));
    const said = (answer: SimulationAnswer) => {
      if (answer.kind !== "taken") return resolve(answer);
      timer.cancel();
      timer = this.#clock.after(SIMULATION_MS_MAX, () => reject(tooHeavy("time")));
    };
    worker.on("message", said).once("error", died).once("exit", died);
    this.#refuse = reject;
    let answer: Outcome | null = null;
    try {
      worker.postMessage(given);
      answer = await promise;
      if (answer.kind === "done") return answer.result;
      throw new Error(`a simulation failed: ${answer.error}`);
    } finally {
      timer.cancel();
      worker.off("message", said).off("error", died).off("exit", died);
      this.#refuse = null;
      if (answer === null) await this.#end(worker);
    }
  }

  async #end(worker: Worker): Promise<void> {
    this.#worker = null;
    // It is ended with what it is at: whatever it still says is said to nobody.
    worker.on("error", () => {});
    await worker.terminate();
  }
}

function tooHeavy(what: "time" | "memory"): Problem {
  const bound = what === "time" ? `${SIMULATION_MS_MAX / 1000} s` : `${HEAP_MB} MB`;
  return new Problem({
    status: 413,
    code: "simulation_too_heavy",
    detail: `Cannot simulate the rule over these events within ${bound}: give fewer or smaller events`,
  });
}

function overloaded(): Problem {
  return new Problem({
    status: 503,
    code: "overloaded",
    detail: `Cannot simulate now: ${SIMULATIONS_MAX} simulations are under way or waiting`,
    headers: { "retry-after": "1" },
  });
}

function stopping(): Problem {
  return new Problem({
    status: 503,
    code: "stopping",
    detail: "Cannot simulate: the server is stopping",
    headers: { "retry-after": "5" },
  });
}
