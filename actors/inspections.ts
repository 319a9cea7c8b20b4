/** Questions to actors about what they hold now, and their answers. */
import type { Clock } from "../src/base/clock.ts";
import type { BaselineFigures, KeyDocument } from "../src/engine/command.ts";
import type { Explanation } from "../src/engine/explain.ts";
import type { LiveRule } from "./live_rule.ts";
import type { FromHost, StateFigures } from "./messages.ts";

/** An actor that is busy for longer does not answer. */
const ANSWER_MS_MAX = 1000;

type Inspected = Extract<FromHost, { kind: "inspected" }>;

export class Inspections {
  readonly #clock: Clock;
  readonly #open = new Map<number, (answer: Inspected) => void>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks the rule's actor; null when it has none, or none that answers in time. */
  async ask(live: LiveRule): Promise<StateFigures | null> {
    return (await this.#ask(live, {}))?.figures ?? null;
  }

  /** What it compares with, for a key or (null) for all; null also for a rule without a baseline. */
  async baseline(live: LiveRule, key: KeyDocument | null): Promise<BaselineFigures | null> {
    return (await this.#ask(live, { baseline: key }))?.baseline ?? null;
  }

  /** What it waits for. */
  async explain(live: LiveRule): Promise<Explanation | null> {
    return (await this.#ask(live, { explain: true }))?.explanation ?? null;
  }

  answer(inspected: Inspected): void {
    this.#open.get(inspected.id)?.(inspected);
    this.#open.delete(inspected.id);
  }

  #ask(
    { host, handle }: LiveRule,
    what: { baseline?: KeyDocument | null; explain?: true },
  ): Promise<Inspected | null> {
    if (host === null) return Promise.resolve(null);
    const id = ++this.#last;
    return new Promise((resolve) => {
      const late = this.#clock.after(ANSWER_MS_MAX, () => {
        this.#open.delete(id);
        resolve(null);
      });
      this.#open.set(id, (inspected) => {
        late.cancel();
        resolve(inspected);
      });
      host.send({ kind: "inspect", handle, id, ...what });
    });
  }
}
