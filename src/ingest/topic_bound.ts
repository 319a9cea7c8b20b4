/**
 * How many topics the log may hold: each costs a row, a number and a line of every list, for as long as its
 * events are held. A topic that is known costs a look-up in a set; what the log holds is read before the
 * first new topic, and again, at most every {@linkcode REREAD_MS}, when the bound is reached: retention may
 * have made room.
 */
import type { Clock } from "../base/clock.ts";
import { Problem } from "../base/problem.ts";
import type { EventLog } from "../store/event_log.ts";

export const TOPICS_MAX = 10_000;
const REREAD_MS = 10_000;

export class TopicBound {
  readonly #log: Pick<EventLog, "topics">;
  readonly #clock: Clock;
  readonly #max: number;
  #known = new Set<string>();
  #readAt = -Infinity;

  constructor(log: Pick<EventLog, "topics">, clock: Clock, max: number = TOPICS_MAX) {
    this.#log = log;
    this.#clock = clock;
    this.#max = max;
  }

  has(topic: string): boolean {
    return this.#known.has(topic);
  }

  /** Counts a topic in; answers the refusal (429) where there is no room. One call at a time. */
  async take(topic: string): Promise<Problem | null> {
    if (this.#known.has(topic)) return null;
    if (this.#readAt === -Infinity || this.#isStale()) await this.#read();
    if (!this.#known.has(topic) && this.#known.size >= this.#max) return tooMany(this.#max);
    this.#known.add(topic);
    return null;
  }

  #isStale(): boolean {
    return this.#known.size >= this.#max && this.#clock.monotonic() - this.#readAt >= REREAD_MS;
  }

  async #read(): Promise<void> {
    this.#known = new Set((await this.#log.topics()).map(({ topic }) => topic));
    this.#readAt = this.#clock.monotonic();
  }
}

function tooMany(max: number): Problem {
  return new Problem({
    status: 429,
    code: "too_many_topics",
    detail: `Cannot begin another topic: the log holds events of ${max}. Tell apart by members of the ` +
      "events instead, or wait until retention has taken all events of some topics",
    headers: { "retry-after": "60" },
  });
}
