/** Questions to actors about what they hold now, and their answers. */
import type { Clock } from "../src/base/clock.ts";
import type { LiveRule } from "./live_rule.ts";
import type { StateFigures } from "./messages.ts";

/** An actor that is busy for longer does not answer. */
const ANSWER_MS_MAX = 1000;

export class Inspections {
  readonly #clock: Clock;
  readonly #open = new Map<number, (figures: StateFigures) => void>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks the rule's actor; null when it has none, or none that answers in time. */
  ask(live: LiveRule): Promise<StateFigures | null> {
    const { host, handle } = live;
    if (host === null) return Promise.resolve(null);
    const id = ++this.#last;
    return new Promise((resolve) => {
      const late = this.#clock.after(ANSWER_MS_MAX, () => {
        this.#open.delete(id);
        resolve(null);
      });
      this.#open.set(id, (figures) => {
        late.cancel();
        resolve(figures);
      });
      host.send({ kind: "inspect", handle, id });
    });
  }

  answer(id: number, figures: StateFigures): void {
    this.#open.get(id)?.(figures);
    this.#open.delete(id);
  }
}
