/**
 * Windows whose events may come late, told the slow way: at every look a window is put together anew from all
 * events that were taken. One class a kind of window; naive_course.ts says when each is asked.
 */
import type { WindowPlan } from "../../../src/engine/plan.ts";
import { firing, type NaiveEvent, type NaiveFiring } from "./naive_windows.ts";

/** An event with its number among all. */
export interface Numbered extends NaiveEvent {
  number: number;
}

/** A look at a window. */
export interface Look extends NaiveFiring {
  /** The window's end, or the event at which it fired before its end. */
  time: number;
  /** Which firing of its alert it is. */
  revision: number;
  /** What names the alert: the window's start, a session's when it fired first, the number of the event. */
  named: number;
  holds: boolean;
  /** Numbers of the events in the window. */
  events: number[];
}

export interface Looker {
  having(firing: NaiveFiring): boolean;
  look(look: Look): void;
}

export interface Ending {
  time: number;
  look(): void;
}

export interface LateWindows {
  /** Takes an event while event time stands at `watermark`. */
  take(event: Numbered, watermark: number): "taken" | "late" | "outside";
  /** Windows that end in (from, to]. */
  endings(from: number, to: number): Ending[];
  /** Event time has come to `watermark`. */
  passed(watermark: number): void;
}

/** Early: before the window has ended. */
type Kind = "early" | "end" | "correction";

export function lateWindows(plan: WindowPlan, looker: Looker): LateWindows {
  switch (plan.type) {
    case "hopping":
      return new LateHopping(plan, looker);
    case "sliding":
      return new LateSliding(plan, looker);
    case "session":
      return new LateSessions(plan, looker);
    case "count":
      throw new Error("count windows know no late events");
  }
}

class LateHopping implements LateWindows {
  readonly #plan: Extract<WindowPlan, { type: "hopping" }>;
  readonly #looker: Looker;
  /** `from`: where event time stood when the event came. */
  readonly #taken: (Numbered & { from: number })[] = [];
  readonly #revisions = new Map<string, number>();

  constructor(plan: Extract<WindowPlan, { type: "hopping" }>, looker: Looker) {
    this.#plan = plan;
    this.#looker = looker;
  }

  take(event: Numbered, watermark: number): "taken" | "late" | "outside" {
    const { lateness_ms, emit } = this.#plan;
    const ends = this.#endsOf(event.t);
    if (ends.length === 0) return "outside";
    if (ends.every((end) => end + lateness_ms <= watermark)) return "late";
    this.#taken.push({ ...event, from: watermark });
    for (const end of ends) {
      if (end > watermark) {
        if (emit === "change") {
          this.#look(event.key, end, { kind: "early", time: Math.max(event.t, watermark) });
        }
      } else if (end + lateness_ms > watermark) this.#look(event.key, end, { kind: "correction", time: end });
    }
    return "taken";
  }

  endings(from: number, to: number): Ending[] {
    const keys = [...new Set(this.#taken.map(({ key }) => key))];
    return keys.flatMap((key) =>
      this.#endsFor(key, to).filter((end) => end > from && end <= to)
        .map((time) => ({ time, look: () => this.#look(key, time, { kind: "end", time }) }))
    );
  }

  passed(): void {}

  /** Ends of the windows of a key; with `emit_empty` all from its first event on. */
  #endsFor(key: string, to: number): number[] {
    const { emit_empty, slide_ms, size_ms, offset_ms } = this.#plan;
    const own = this.#taken.filter((event) => event.key === key);
    const ends = new Set(own.flatMap(({ t }) => this.#endsOf(t)));
    if (!emit_empty) return [...ends];
    const began = Math.min(...own.map(({ t, from }) => Math.max(t, from)));
    let end = Math.floor((began - offset_ms - size_ms) / slide_ms) * slide_ms + offset_ms + size_ms;
    while (end <= began) end += slide_ms;
    for (; end <= to; end += slide_ms) ends.add(end);
    return [...ends];
  }

  #endsOf(t: number): number[] {
    const { size_ms, slide_ms, offset_ms } = this.#plan;
    const ends: number[] = [];
    const last = Math.floor((t - offset_ms) / slide_ms) * slide_ms + offset_ms;
    for (let start = last; start > t - size_ms; start -= slide_ms) ends.unshift(start + size_ms);
    return ends;
  }

  #look(key: string, end: number, { kind, time }: { kind: Kind; time: number }): void {
    const start = end - this.#plan.size_ms;
    const before = this.#revisions.get(`${key} ${end}`) ?? 0;
    if (kind !== "correction" && before > 0) return;
    const events = this.#taken.filter((event) => event.key === key && event.t >= start && event.t < end);
    const found = firing(key, { start, end }, events);
    const holds = this.#looker.having(found);
    if (holds) this.#revisions.set(`${key} ${end}`, before + 1);
    else if (kind === "early") return;
    this.#looker.look({ ...found, time, revision: before + 1, named: start, holds, events: numbers(events) });
  }
}

class LateSliding implements LateWindows {
  readonly #size: number;
  readonly #looker: Looker;
  readonly #taken: Numbered[] = [];

  constructor({ size_ms }: { size_ms: number }, looker: Looker) {
    this.#size = size_ms;
    this.#looker = looker;
  }

  take(event: Numbered, watermark: number): "taken" | "late" {
    if (event.t < watermark) return "late";
    this.#taken.push(event);
    // What comes at the very time at which event time stands waits for nothing.
    if (event.t === watermark) this.#look(event);
    return "taken";
  }

  endings(from: number, to: number): Ending[] {
    return this.#taken.filter(({ t }) => t > from && t <= to)
      .map((event) => ({ time: event.t, look: () => this.#look(event) }));
  }

  passed(): void {}

  #look(last: Numbered): void {
    const { key, t, number } = last;
    const start = t - this.#size;
    const events = this.#taken.filter((event) =>
      event.key === key && event.t > start && (event.t < t || (event.t === t && event.number <= number))
    );
    const found = firing(key, { start, end: t }, events);
    const holds = this.#looker.having(found);
    this.#looker.look({ ...found, time: t, revision: 1, named: number, holds, events: numbers(events) });
  }
}

interface Member extends Numbered {
  /** Shared by all of a session. */
  told: { revision: number; named: number };
}

class LateSessions implements LateWindows {
  readonly #plan: Extract<WindowPlan, { type: "session" }>;
  readonly #looker: Looker;
  #taken: Member[] = [];

  constructor(plan: Extract<WindowPlan, { type: "session" }>, looker: Looker) {
    this.#plan = plan;
    this.#looker = looker;
  }

  take(event: Numbered, watermark: number): "taken" | "late" {
    const { gap_ms, lateness_ms, emit } = this.#plan;
    const touches = this.#taken.some(({ key, t }) => key === event.key && Math.abs(t - event.t) <= gap_ms);
    if (!touches && event.t + gap_ms + lateness_ms <= watermark) return "late";
    const member = { ...event, told: { revision: 0, named: NaN } };
    this.#taken.push(member);
    const session = this.#sessions().find((held) => held.includes(member))!;
    // Of sessions that have become one, the first that fired goes on.
    const told = session.find(({ told }) => told.revision > 0)?.told ?? member.told;
    for (const one of session) one.told = told;
    if (this.#end(session) <= watermark) {
      this.#look(session, { kind: "correction", time: this.#end(session) });
    } else if (emit === "change") this.#look(session, { kind: "early", time: Math.max(event.t, watermark) });
    return "taken";
  }

  endings(from: number, to: number): Ending[] {
    return this.#sessions()
      .map((session) => ({
        time: this.#end(session),
        look: () => this.#look(session, { kind: "end", time: this.#end(session) }),
      }))
      .filter(({ time }) => time > from && time <= to);
  }

  passed(watermark: number): void {
    const over = this.#sessions().filter((held) => this.#end(held) + this.#plan.lateness_ms <= watermark)
      .flat();
    this.#taken = this.#taken.filter((event) => !over.includes(event));
  }

  #sessions(): Member[][] {
    const found: Member[][] = [];
    for (const event of this.#taken.toSorted((a, b) => a.t - b.t)) {
      const open = found.findLast(([first]) => first!.key === event.key);
      if (open !== undefined && event.t - open.at(-1)!.t <= this.#plan.gap_ms) open.push(event);
      else found.push([event]);
    }
    return found;
  }

  #end(session: readonly Member[]): number {
    return session.at(-1)!.t + this.#plan.gap_ms;
  }

  #look(session: readonly Member[], { kind, time }: { kind: Kind; time: number }): void {
    const { key, told } = session[0]!;
    const repeated = kind === "early" || this.#plan.emit === "change";
    if (kind !== "correction" && repeated && told.revision > 0) return;
    const window = { start: session[0]!.t, end: this.#end(session) };
    const found = firing(key, window, session);
    const holds = this.#looker.having(found);
    const named = told.revision === 0 ? window.start : told.named;
    const revision = told.revision + 1;
    if (holds) Object.assign(told, { revision, named });
    else if (kind === "early") return;
    this.#looker.look({ ...found, time, revision, named, holds, events: numbers(session) });
  }
}

function numbers(events: readonly Numbered[]): number[] {
  return events.map(({ number }) => number).toSorted((a, b) => a - b);
}
