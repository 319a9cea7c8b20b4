/**
 * A windowed rule over all that arrives, told the slow way: event time, windows and `for` / `keep_firing_for`.
 * An event is applied first and moves event time afterwards; where event time goes on, whatever ends does so in
 * the order of its time, and what waits for a time that a window ends at waits for that window.
 */
import type { HoldPlan, WindowPlan } from "../../../src/engine/plan.ts";
import { type LateWindows, lateWindows, type Look } from "./naive_late_windows.ts";
import type { NaiveEvent, NaiveFiring } from "./naive_windows.ts";

/** Events that arrived together. */
export interface Arrived {
  /** ms */
  arrival: number;
  events: readonly NaiveEvent[];
}

export interface Told extends Look {
  status: "firing" | "resolved";
}

export interface NaiveRule {
  window: WindowPlan;
  hold: HoldPlan | null;
  delay_ms: number;
  idle_ms: number;
  having(firing: NaiveFiring): boolean;
}

interface Held {
  named: number;
  since: number;
  false_since: number | null;
  fires: boolean;
  /** Under which it fires. */
  revision: number;
  shown: Look;
}

export class NaiveCourse {
  readonly told: Told[] = [];
  readonly late: number[] = [];
  readonly #rule: NaiveRule;
  readonly #windows: LateWindows;
  readonly #held = new Map<string, Held>();
  /** End of the newest window of each key that was looked at. */
  readonly #newest = new Map<string, number>();
  /** What of each key was resolved last: the same window fires again under the next revision. */
  readonly #resolved = new Map<string, { named: number; revision: number }>();
  #watermark = -Infinity;
  #number = 0;

  constructor(rule: NaiveRule) {
    this.#rule = rule;
    this.#windows = lateWindows(rule.window, { having: rule.having, look: (look) => this.#judge(look) });
  }

  /** All that arrives; then nothing does for `rest` ms. */
  play(groups: readonly Arrived[], rest: number): this {
    const { delay_ms, idle_ms } = this.#rule;
    let [anchor, before] = [-Infinity, Infinity];
    for (const { arrival, events } of groups) {
      if (arrival - before >= idle_ms) this.#move(anchor + arrival - before);
      for (const event of events) {
        const number = this.#number++;
        if (this.#windows.take({ ...event, number }, this.#watermark) === "late") this.late.push(number);
        // A late event may make something hold from a time that has passed.
        this.#fireHeld((due) => due <= this.#watermark);
        this.#move(event.t - delay_ms);
      }
      [anchor, before] = [this.#watermark, arrival];
    }
    this.#move(anchor + rest);
    return this;
  }

  #move(to: number): void {
    if (to <= this.#watermark) return;
    const endings = this.#windows.endings(this.#watermark, to).toSorted((a, b) => a.time - b.time);
    for (const { time, look } of endings) {
      this.#fireHeld((due) => due < time);
      look();
    }
    this.#fireHeld((due) => due <= to);
    this.#watermark = to;
    this.#windows.passed(to);
  }

  #judge(look: Look): void {
    if (this.#rule.hold !== null) this.#evaluate(look);
    else if (look.holds) this.told.push({ ...look, status: "firing" });
  }

  /** A look at a window older than another of its key tells nothing about now. */
  #evaluate(look: Look): void {
    const { key, time } = look;
    const end = look.end ?? time;
    if (end < (this.#newest.get(key) ?? -Infinity)) return;
    this.#newest.set(key, end);
    const held = this.#held.get(key);
    if (look.holds && held === undefined) {
      const resolved = this.#resolved.get(key);
      const before = resolved?.named === look.named ? resolved.revision : 0;
      this.#held.set(key, {
        ...{ named: look.named, since: time, false_since: null, fires: false, shown: look },
        revision: before + 1,
      });
    } else if (look.holds) Object.assign(held!, { false_since: null, shown: look });
    else if (held?.fires === false) this.#held.delete(key);
    else if (held !== undefined) this.#fails(held, time);
    // Without `for` it fires at once.
    if (this.#rule.hold!.for_ms === 0) this.#fireHeld((due) => due <= time);
  }

  #fails(held: Held, time: number): void {
    held.false_since ??= time;
    if (time - held.false_since < this.#rule.hold!.keep_ms) return;
    const { named, shown } = held;
    const revision = held.revision + 1;
    this.#held.delete(shown.key);
    this.#resolved.set(shown.key, { named, revision });
    this.told.push({ ...shown, named, status: "resolved", revision, time });
  }

  #fireHeld(isDue: (due: number) => boolean): void {
    for (const held of this.#held.values()) {
      const due = held.since + this.#rule.hold!.for_ms;
      if (held.fires || !isDue(due)) continue;
      held.fires = true;
      this.told.push({
        ...held.shown,
        named: held.named,
        status: "firing",
        revision: held.revision,
        time: due,
      });
    }
  }
}
