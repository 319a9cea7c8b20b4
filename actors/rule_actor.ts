/**
 * One rule as an actor: its plan, its state, how far it is, and what it decided since the last frame. It
 * does nothing by itself: the actor set calls `read` while a batch is in place, then `advance` and `apply`
 * once the read is known to be whole. After a throw the actor is discarded, never continued.
 */
import type { BatchView } from "../src/batch/batch.ts";
import {
  applyCommand,
  type BaselineFigures,
  baselineFigures,
  type CallAnswered,
  type KeyDocument,
  type RuleCommand,
} from "../src/engine/command.ts";
import type { SharedTests } from "../src/engine/shared_tests.ts";
import { type Effects, noEffects } from "../src/engine/effects.ts";
import { explain, type Explanation } from "../src/engine/explain.ts";
import { LookupTable } from "../src/engine/enrich/lookup_table.ts";
import { type Gathered, slice } from "../src/engine/gathered.ts";
import { type PreparedRule, prepareRule, type Span } from "../src/engine/prepared_rule.ts";
import { createState, keepState, nextDue, nextDueTime, type RuleState } from "../src/engine/rule_state.ts";
import { restoreState } from "../src/engine/snapshot.ts";
import {
  advance,
  endWaiting,
  pass,
  restart,
  resumeWaiting,
  step,
  takeCallAnswer,
} from "../src/engine/step.ts";
import type { ActorLoad, RuleFrame, RuleMeaning, StateFigures, TableImage } from "./messages.ts";

/** Late events that a frame names: the newest. */
export const LATE_LISTED_MAX = 100;

/** Of no actor. */
export const NO_FIGURES: StateFigures = {
  ...{ keys: 0, state_bytes: 0, watermark: null, open_windows: 0, partials: 0, pending: 0 },
  waiting: null,
};

export type RuleActorPhase = "idle" | "read" | "timer" | "step" | "restore" | "snapshot";

export class RuleActor {
  readonly handle: number;
  readonly incarnation: number;
  rule: PreparedRule;
  readonly state: RuleState;
  topics: readonly number[] | null;
  joined: boolean;
  /** State holds everything below; a lower bound while joined (the set's position counts then). */
  offset: number;
  /** Steps row by row below this offset. */
  readonly suspectBelow: number;
  /** What the rule looks things up in. */
  readonly #tables = new Map<string, LookupTable>();
  readonly #applied: number;
  readonly #poison: ReadonlySet<number> | null;
  /** Answers whose records are still to come, by their offsets. */
  readonly #answers = new Map<number, CallAnswered>();
  /** Up to here calls are not told: the log may hold their answers. */
  readonly callsFrom: number;
  #tellsCalls: boolean;
  #effects: Effects = noEffects();
  #frameFrom: number;
  /** Frames of earlier versions that were not taken yet. */
  #closed: RuleFrame[] = [];

  constructor(load: ActorLoad) {
    this.handle = load.binding.handle;
    this.incarnation = load.incarnation;
    for (const table of load.tables) this.takeTable(table);
    this.rule = prepareRule(load.plan, load.binding, this.#tables);
    this.state = load.chunks === null ? createState(load.plan) : restoreState(load.plan, load.chunks);
    this.topics = load.topics;
    this.joined = load.joined;
    this.offset = load.offset;
    this.suspectBelow = load.suspectBelow;
    this.#applied = load.applied;
    this.#frameFrom = load.applied;
    this.#poison = load.poison.length === 0 ? null : new Set(load.poison);
    this.callsFrom = load.callsFrom;
    this.#tellsCalls = load.offset >= load.callsFrom;
  }

  /** Read phase: what the step will need, in private memory; null when nothing matched. */
  read(batch: BatchView, span: Span, rows: Uint16Array | null, shared: SharedTests): Gathered | null {
    const fromRow = Math.max(0, this.offset - span.first);
    return this.rule.read(batch, span, { rows, fromRow, skip: this.#poison, shared });
  }

  /** When its next timer is due by arrival, ms; Infinity when none is. */
  get due(): number {
    return nextDue(this.state);
  }

  /** The event time that its next timer waits for, ms; Infinity when none does. */
  get dueTime(): number {
    return nextDueTime(this.state, this.rule.plan);
  }

  /** Whether all events of its topics move its event time. */
  get clocked(): boolean {
    return this.rule.plan.clock !== null;
  }

  /** Fires the timers that a record's arrival makes due. */
  advance(span: Span): void {
    const effects = this.#effectsOf(span);
    advance(this.rule.plan, this.state, span.arrival, effects);
    resumeWaiting(this.rule, this.state, span, effects);
  }

  /** Read phase: the latest event time of a record's rows, ms. */
  latest(batch: BatchView, span: Span, shared: SharedTests): number {
    return this.rule.latest(batch, Math.max(0, this.offset - span.first), shared);
  }

  /** Event time moves past all rows of a record. */
  pass(span: Span, latest: number): void {
    pass(this.rule.plan, this.state, { span, latest, effects: this.#effectsOf(span) });
  }

  /** The process started. */
  restart(arrival: number): void {
    restart(this.state, arrival);
  }

  /** Applies what was gathered. Rows that are applied already move the state only. */
  apply(gathered: Gathered, span: Span): void {
    const { offsets, count } = gathered;
    if (count === 0 || offsets[0]! >= this.#applied || span.first >= this.#applied) {
      step(this.rule, this.state, gathered, span, this.#effects);
      return;
    }
    let known = 0;
    while (known < count && offsets[known]! < this.#applied) known++;
    step(this.rule, this.state, slice(gathered, 0, known), span, noEffects());
    step(this.rule, this.state, slice(gathered, known, count), span, this.#effects);
  }

  /** Takes a new version of the rule on at offset `at`; state that it does not keep starts anew. */
  change(to: RuleMeaning, { at, floor, span }: { at: number; floor: number; span: Span }): void {
    endWaiting(this.rule, this.state, span, this.#effectsOf(span));
    this.#closed = this.takeFrames(at, floor);
    keepState(this.state, this.rule.plan, to.plan);
    // What is kept belongs to another version, maybe another generation, from here on.
    this.state.unsaved = true;
    this.#tables.clear();
    for (const table of to.tables) this.takeTable(table);
    this.rule = prepareRule(to.plan, to.binding, this.#tables);
    this.topics = to.topics;
  }

  /** Reads this version of a lookup table from here on. */
  takeTable({ name, image }: TableImage): void {
    if (image === null) this.#tables.delete(name);
    else this.#tables.set(name, new LookupTable(image));
  }

  /** Somebody told the rule something, at a place of the log. Given to another state, it has no effect. */
  command(
    { command, generation, at }: { command: RuleCommand | CallAnswered; generation: number; at: number },
  ): void {
    if (this.offset > at || this.rule.plan.generation !== generation) return;
    if (command.kind === "call_answer") this.#answers.set(at, command);
    else applyCommand(this.rule.plan, this.state, command, at);
  }

  /** Whether answers wait for their records. */
  get awaitsRecords(): boolean {
    return this.#answers.size > 0;
  }

  /** The answer, if any, that stands at this record. It alerts, so it counts with the record and not before it. */
  takeAnswer(span: Span): void {
    const said = this.#answers.get(span.first);
    if (said === undefined) return;
    this.#answers.delete(span.first);
    takeCallAnswer(this.rule, this.state, { ...said, span, effects: this.#effectsOf(span) });
  }

  /** It stands at `position`: from `callsFrom` on it tells which calls it wants. Answers whether it does. */
  reach(position: number): boolean {
    return this.#tellsCalls ||= position >= this.callsFrom;
  }

  /** Leaves the common feed at `upto`; what the floor said until then is its own position now. */
  leave(upto: number): void {
    if (!this.joined) return;
    this.joined = false;
    this.offset = Math.max(this.offset, upto);
    this.#frameFrom = Math.max(this.#frameFrom, upto);
  }

  /** Alerts and calls that nobody was told of yet. */
  get pressing(): number {
    return this.#effects.alerts.length + (this.#tellsCalls ? this.state.calls?.untold ?? 0 : 0);
  }

  /**
   * What happened up to `to`, one frame per version of the rule, and starts anew; empty when there is
   * nothing to say. `floor` is what the host's last frame said for all joined actors.
   */
  takeFrames(to: number, floor: number): RuleFrame[] {
    const frames = this.#closed;
    this.#closed = [];
    const { alerts, counters, late } = this.#effects;
    const from = this.joined ? Math.max(this.#frameFrom, floor) : this.#frameFrom;
    const end = Math.max(to, from);
    const calls = this.#tellsCalls ? this.state.calls?.takeWanted() ?? [] : [];
    const said = alerts.length > 0 || calls.length > 0 || Object.keys(counters).length > 0;
    // A joined actor that did nothing is covered by the host's floor.
    if (!said && (this.joined || end === from)) return frames;
    this.#effects = noEffects();
    this.#frameFrom = end;
    const { rule_version: version, generation } = this.rule.plan;
    frames.push({
      handle: this.handle,
      incarnation: this.incarnation,
      version,
      from,
      to: end,
      counters,
      alerts,
      late: late.slice(-LATE_LISTED_MAX),
      generation,
      calls,
    });
    return frames;
  }

  /** What it holds, for people to see. */
  get figures(): StateFigures {
    const { keys, bytes, clock, window, pattern, hold, calls } = this.state;
    return {
      keys: keys.count,
      state_bytes: bytes,
      watermark: clock === null || clock.watermark === -Infinity ? null : clock.watermark,
      open_windows: window?.open_windows ?? 0,
      partials: pattern?.partials ?? 0,
      pending: hold?.pending ?? 0,
      waiting: calls?.waiting ?? null,
    };
  }

  /** What it waits for, for people to see. */
  get explanation(): Explanation {
    return explain(this.rule.plan, this.state);
  }

  /** What it compares with: for a key, or null for all. */
  baseline(key: KeyDocument | null): BaselineFigures | null {
    return baselineFigures(this.rule.plan, this.state, key);
  }

  /**
   * What a record below `applied` caused is committed already. A rule that starts within a record has applied
   * nothing of it: what its end brings about is news.
   */
  #effectsOf(span: Span): Effects {
    return span.next <= this.#applied ? noEffects() : this.#effects;
  }
}
