/**
 * The state of a rule: its keys, what its operators know of each, its event time and timers, and the alerts of
 * the minute at hand. It is a fold over the log: only `step.ts` and an edit of the rule change it. Which
 * operators there are follows from the plan.
 */
import { present } from "../base/assert.ts";
import type { JsonScalar } from "../base/json.ts";
import { Aggregates } from "./aggregate/aggregates.ts";
import { Baselines } from "./anomaly/baselines.ts";
import { Arrivals } from "./arrivals.ts";
import { Cooldown } from "./cooldown.ts";
import { reach } from "./due.ts";
import { count, type Effects } from "./effects.ts";
import { type Calls, callsOf } from "./enrich/calls.ts";
import { type Past, pastStateOf } from "./enrich/past.ts";
import { EventClock } from "./event_clock.ts";
import { canonicalKey, keyTags } from "./group_key.ts";
import { type Having, havingOf } from "./having.ts";
import { Hold } from "./hold.ts";
import { judgeWindow } from "./judge.ts";
import { KeyTable, NO_SLOT } from "./key_table.ts";
import { type PlanChange, planChange, sameKey } from "./plan_change.ts";
import { patternFields } from "./pattern/pattern_fields.ts";
import { judgeMatch, tellFailed } from "./pattern/judge_match.ts";
import { type PatternHost, PatternOperator } from "./pattern/pattern_operator.ts";
import type { Plan } from "./plan.ts";
import { Schedule } from "./schedule.ts";
import type { SnapshotWriter } from "./snapshot.ts";
import { ByteReader, ByteWriter } from "./state_bytes.ts";
import { TIMER, Timers } from "./timers.ts";
import { createWindows, type WindowHost, type WindowOperator } from "./window/mod.ts";

export const MINUTE_MS = 60_000;
/** Of a state beside its keys. */
const STATE_BYTES = 512;
/** Keys taken out per event when a cap was lowered: the state shrinks without a pause. */
const SHRINK_MAX = 16;

/** Alerts by arrival within one minute (limits.alerts_per_minute). */
export interface MinuteCount {
  /** Start of the minute, ms; -1 before the first alert. */
  minute: number;
  alerts: number;
  /** Matches beyond the cap, to be told by one summary alert when the minute is over. */
  suppressed: number;
}

/** What a step at hand works with. */
export interface Turn {
  plan: Plan;
  /** Arrival of the record, ms. */
  arrival: number;
  /** Offset of the event at hand, or of the record where there is none. */
  offset: number;
  effects: Effects;
  /** The match of a pattern that was told last, and how many were told before it with the same ends. */
  told?: { match: string; count: number };
}

/** What operators with state per key have in common. */
interface KeyOperator {
  open(slot: number): void;
  write(slot: number, out: ByteWriter): void;
  read(slot: number, input: ByteReader): void;
}

export class RuleState {
  readonly minute: MinuteCount = { minute: -1, alerts: 0, suppressed: 0 };
  readonly keys = new KeyTable();
  /** Due by event time. */
  readonly timers = new Timers();
  /** Due by arrival: windows that an event from the far future opened (SEMANTICS 10). */
  readonly arrivals = new Arrivals();
  readonly cooldown = new Cooldown();
  /** Length of the cooldown, ms. */
  cooldown_ms: number;
  clock: EventClock | null;
  /** What enrichments know of the events that came before. */
  past: Past | null;
  /** What endpoints were asked and answered, and the rows that wait for it. */
  calls: Calls | null;
  window: WindowOperator | null;
  hold: Hold | null;
  anomaly: Baselines | null;
  schedule: Schedule | null;
  pattern: PatternOperator | null;
  having: Having | null;
  /** For aggregates of one event, where the rule has no window. */
  single: Aggregates | null;
  /** Key partitions that changed since the last snapshot. */
  readonly dirty = new Set<number>();
  /** Anything changed since the last snapshot. */
  unsaved = false;
  /** The snapshot being written, if any. */
  writer: SnapshotWriter | null = null;
  /** Called in the middle of long work: others may have their turn before it goes on. */
  breathe: (() => void) | null = null;
  /** The step at hand: operators fire within one only. */
  turn: Turn | null = null;

  constructor(plan: Plan) {
    this.cooldown_ms = plan.cooldown_ms;
    this.clock = plan.clock && new EventClock(plan.clock);
    this.past = pastStateOf(plan, () => this.#overflow(1));
    this.calls = callsOf(plan);
    this.window = this.#windows(plan);
    this.hold = plan.hold && new Hold(plan.hold);
    this.anomaly = plan.anomaly && new Baselines(plan.anomaly);
    this.schedule = plan.schedule && new Schedule(plan.schedule);
    this.pattern = this.#pattern(plan);
    this.having = havingOf(plan);
    this.single = singleOf(plan);
    this.keys.onChange = (partition, slot) => {
      this.writer?.beforeChange(partition, slot);
      this.dirty.add(partition);
      this.unsaved = true;
    };
    this.keys.onDrop = (slot) => {
      this.cooldown.close(slot);
      this.arrivals.close(slot);
      this.past?.close(slot);
      this.window?.close(slot);
      this.hold?.close(slot);
      this.anomaly?.close(slot);
      this.pattern?.close(slot);
    };
  }

  /** Counted bytes. */
  get bytes(): number {
    return STATE_BYTES + this.keys.bytes + this.cooldown.bytes + (this.past?.bytes ?? 0) +
      (this.calls?.bytes ?? 0) + (this.window?.bytes ?? 0) + this.arrivals.bytes +
      (this.hold?.bytes ?? 0) + (this.anomaly?.bytes ?? 0) + (this.pattern?.bytes ?? 0);
  }

  /** Rows wait for answers, and event time stands still. */
  get waits(): boolean {
    return this.calls !== null && this.calls.waiting > 0;
  }

  /** The slot of a key, NO_SLOT when nothing is known of it. */
  find(key: readonly JsonScalar[]): number {
    return this.keys.find(canonicalKey(key));
  }

  /** The slot of a key, which is taken in when it is new and counts as touched by the event at `offset`. */
  enter(key: readonly JsonScalar[], offset: number): number {
    const text = canonicalKey(key);
    const known = this.keys.meet(text, offset);
    if (known !== NO_SLOT) return known;
    const slot = this.keys.add(text, keyTags(key), offset);
    this.open(slot);
    return slot;
  }

  open(slot: number): void {
    this.cooldown.open(slot);
    this.past?.open(slot);
    this.window?.open(slot);
    this.hold?.open(slot);
    this.anomaly?.open(slot);
    this.pattern?.open(slot);
  }

  /** Lets go of a key of which nothing has to be known any more. */
  dropIdle(slot: number): void {
    if (this.clock === null || this.anomaly !== null) return;
    if (this.window?.isIdle(slot) === false || this.hold?.isIdle(slot) === false) return;
    if (this.pattern?.isIdle(slot) === false) return;
    if (this.past !== null && this.past.idleAt(slot) > this.clock.watermark) return;
    const quietUntil = this.cooldown_ms > 0 ? this.cooldown.last(slot) + this.cooldown_ms : -Infinity;
    if (quietUntil > this.clock.watermark) return;
    this.keys.drop(slot);
  }

  /**
   * Puts the keys that were quiet longest out until the caps are kept. Never grows past a cap, whatever it was
   * before: what a cap that was lowered leaves over goes little by little. The newest key is always held.
   */
  keepCaps({ plan, effects }: Turn, bytesBefore: number): void {
    const keysMax = Math.max(1, plan.limits.keys ?? Infinity);
    const bytesMax = plan.limits.state_bytes ?? Infinity;
    let evicted = 0;
    while (this.keys.count > 1) {
      const over = bytesMax < Infinity && this.bytes > bytesMax;
      if (!over && this.keys.count <= keysMax) break;
      const grows = over && this.bytes > bytesBefore;
      if (!grows && evicted >= SHRINK_MAX) break;
      this.keys.drop(this.keys.oldest);
      evicted++;
    }
    if (evicted > 0) count(effects, "keys_evicted", evicted);
  }

  #windows(plan: Plan): WindowOperator | null {
    if (plan.window === null) return null;
    const watermark = () => this.clock?.watermark ?? -Infinity;
    const host: WindowHost = {
      get watermark() {
        return watermark();
      },
      schedule: (at, slot, { kind, future }) =>
        future ? this.arrivals.set(at, slot) : this.timers.set(at, slot, kind),
      reach: (time) => reach(this, present(this.turn, "events come in a step"), time),
      fire: (firing) => judgeWindow(this, present(this.turn, "windows fire in a step"), firing),
      skipped: (values) => {
        if (values > 0) count(present(this.turn, "events come in a step").effects, "values_skipped", values);
      },
      overflow: (events) => this.#overflow(events),
    };
    return createWindows(plan.window, plan.aggregates, host);
  }

  #pattern(plan: Plan): PatternOperator | null {
    if (plan.pattern === null) return null;
    const watermark = () => this.clock?.watermark ?? -Infinity;
    const turn = () => present(this.turn, "events come in a step");
    const host: PatternHost = {
      get watermark() {
        return watermark();
      },
      schedule: (at, slot, by) =>
        by === "arrival" ? this.arrivals.set(at, slot) : this.timers.set(at, slot, TIMER.pattern),
      match: (match) => judgeMatch(this, turn(), match),
      failed: (code, offset) => tellFailed(turn(), code, offset),
      overflow: (partials) => count(turn().effects, "partials_over_cap", partials),
    };
    return new PatternOperator(plan.pattern, patternFields(plan.pattern), host);
  }

  #overflow(events: number): void {
    count(present(this.turn, "events come in a step").effects, "events_over_cap", events);
  }

  /** Takes on an edit of the rule: operators that `change` does not keep start anew. */
  become(from: Plan, to: Plan, { kept }: PlanChange): void {
    const keeps = (operator: string) => kept.includes(operator);
    const slots = sameKey(from, to) ? this.#slots() : [];
    if (slots.length === 0) this.keys.clear();
    this.cooldown_ms = to.cooldown_ms;
    this.having = havingOf(to);
    this.single = singleOf(to);
    for (const slot of slots) {
      this.keys.willChange(slot);
      if (!keeps("cooldown")) this.cooldown.start(slot, -Infinity);
    }
    if (
      !sameClock(from, to) || !(keeps("window") || keeps("hold") || keeps("enrichments") || keeps("pattern"))
    ) {
      this.clock = to.clock && new EventClock(to.clock);
    }
    const { past, window, anomaly, hold, pattern, calls } = this;
    this.calls = callsOf(to);
    if (calls !== null) this.calls?.adopt(calls);
    this.timers.clear();
    if (slots.length === 0 || !(keeps("window") || keeps("pattern"))) this.arrivals.clear();
    this.past = moved(slots, keeps("enrichments") ? past : null, pastStateOf(to, () => this.#overflow(1)));
    this.window = moved(slots, keeps("window") ? window : null, this.#windows(to));
    this.hold = moved(slots, keeps("hold") ? hold : null, to.hold && new Hold(to.hold));
    this.anomaly = moved(slots, keeps("anomaly") ? anomaly : null, to.anomaly && new Baselines(to.anomaly));
    this.pattern = moved(slots, keeps("pattern") ? pattern : null, this.#pattern(to));
    if (!keeps("schedule")) this.schedule = to.schedule && new Schedule(to.schedule);
    const stateful = [this.past, this.window, this.hold, this.anomaly, this.pattern].some((one) =>
      one !== null
    );
    if (!stateful && !keeps("cooldown")) this.keys.clear();
    for (const slot of this.#slots()) this.setTimers(slot);
  }

  /** Sets the timers of a key that are not the window's own. */
  setTimers(slot: number): void {
    if (this.clock === null) return;
    const due = this.hold?.dueOf(slot) ?? Infinity;
    if (due !== Infinity) this.timers.set(due, slot, TIMER.hold);
    this.lookAtPast(slot);
    const last = this.cooldown.last(slot);
    if (last > -Infinity) this.timers.set(last + this.cooldown_ms, slot, TIMER.cooldown);
  }

  /** Sees to it that a key of which only the past is known does not stay for ever. */
  lookAtPast(slot: number): void {
    const at = this.past?.wakeAt(slot) ?? Infinity;
    if (at !== Infinity) this.timers.set(at, slot, TIMER.cooldown);
  }

  #slots(): number[] {
    return this.keys.used().flatMap((partition) => [...this.keys.slots(partition)]);
  }
}

export function createState(plan: Plan): RuleState {
  return new RuleState(plan);
}

function sameClock(from: Plan, to: Plan): boolean {
  return JSON.stringify([from.clock, from.time]) === JSON.stringify([to.clock, to.time]);
}

/** What an operator knows of each key, as an operator of another version of the rule keeps it. */
function moved<T extends KeyOperator>(slots: readonly number[], from: T | null, to: T | null): T | null {
  if (to === null) return null;
  for (const slot of slots) {
    to.open(slot);
    if (from === null) continue;
    const bytes = new ByteWriter();
    from.write(slot, bytes);
    to.read(slot, new ByteReader(bytes.finish()));
  }
  return to;
}

function singleOf(plan: Plan): Aggregates | null {
  return plan.window === null && plan.aggregates.length > 0 ? new Aggregates(plan.aggregates) : null;
}

/** Arrival (ms) from which `advance` has something to do; Infinity when there is no timer. */
export function nextDue(state: RuleState): number {
  if (state.calls?.isRestless === true) return -Infinity;
  const minute = state.minute.suppressed > 0 ? state.minute.minute + MINUTE_MS : Infinity;
  const byEventTime = state.waits ? Infinity : state.clock?.arrivalOf(state.timers.next) ?? Infinity;
  return Math.min(minute, byEventTime, state.arrivals.next, state.schedule?.due ?? Infinity);
}

/** The event time that makes a timer due, ms; Infinity when none waits for event time. */
export function nextDueTime(state: RuleState, plan: Plan): number {
  return plan.clock === null || state.waits ? Infinity : state.timers.next + plan.clock.delay_ms;
}

/**
 * Carries the state over an edit from plan `from` to plan `to`; what lost its meaning is emptied. The
 * answer names operators.
 */
export function keepState(state: RuleState, from: Plan, to: Plan): PlanChange {
  const change = planChange(from, to);
  state.become(from, to, change);
  return change;
}
