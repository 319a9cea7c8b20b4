/**
 * Simulation: one rule over given events under virtual time, with the encoder, the filter and the step of
 * the live engine, on an empty state of its own. Nothing is stored and nothing is sent.
 *
 * Arrival is the running maximum of event times unless it is given (SEMANTICS 11). An event's offset is its
 * index among the given events; alerts show indexes where they would show events. No endpoint is called: an
 * api_call has the answer that was given for it, or its fallback, at once.
 */
import { type Clock, turn } from "../src/base/clock.ts";
import { instant, timeOf } from "../src/base/event_time.ts";
import { compileColumn } from "../src/base/field_path.ts";
import type { JsonObject } from "../src/base/json.ts";
import { type Fault, pointer } from "../src/base/problem.ts";
import { BATCH_ROWS_MAX } from "../src/batch/batch.ts";
import { timeReader } from "../src/batch/time_buffer.ts";
import { type Effects, noEffects, type PatternTrace } from "../src/engine/effects.ts";
import type { Plan } from "../src/engine/plan.ts";
import type { Span } from "../src/engine/prepared_rule.ts";
import { MINUTE_MS, type RuleState } from "../src/engine/rule_state.ts";
import { takeCallAnswer } from "../src/engine/step.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Rule } from "../src/model/rule.ts";
import { buildAlert } from "../src/notify/alert_builder.ts";
import type { TableImage } from "./messages.ts";
import { type ConditionPreview, previewConditions } from "./condition_preview.ts";
import { callAnswer, RuleRun } from "./rule_run.ts";

const TURN_MS_MAX = 4;

export interface Simulated {
  rule: Rule;
  rule_id: string;
  events: readonly JsonObject[];
  /** Arrival of all events, ms; null = the running maximum of their times. */
  received_at: number | null;
  /** What the rule looks things up in; absent: nothing is found. */
  tables?: readonly TableImage[];
  /** How far time goes on after the last event: until no timer is due, to a time (ms), or not at all. */
  advance_to: "end" | number | null;
  /** What the api_call enrichments are answered, by name; absent: their fallbacks count. */
  call_answers?: JsonObject;
  /** Whether to answer how the conditions of the rule come out over the first event, each of them. */
  preview?: "conditions";
}

export interface SimulationResult {
  /** Whether any event had a field that the rule asks for. */
  condition_evaluated: boolean;
  would_execute: boolean;
  matched: number;
  /** `events` are indexes. */
  alerts: (Omit<Alert, "events" | "match"> & { events: number[]; match: Record<string, number[]> | null })[];
  /** Partial matches of a pattern whose time ran out: indexes of their events, and when. */
  timeouts: { events: number[]; at: string }[];
  /** The first match that the strategy of a pattern did not fit. */
  error?: { code: string; event: number };
  /** Indexes of events that came too late. */
  late_events: number[];
  final: { watermark: string | null; keys: number; open_windows: number };
  /** Where a live rule would have asked an endpoint. */
  warnings: Fault[];
  preview?: ConditionPreview;
}

export async function simulate(given: Simulated, clock: Clock): Promise<SimulationResult> {
  const run = new SimulatedRun(given, clock);
  let turnedAt = clock.monotonic();
  for (let from = 0; from < given.events.length;) {
    from = run.apply(from);
    if (clock.monotonic() - turnedAt < TURN_MS_MAX) continue;
    await turn(clock);
    turnedAt = clock.monotonic();
  }
  run.end();
  const result = run.result();
  return given.preview === undefined ? result : { ...result, preview: previewOf(given, clock) };
}

function previewOf({ rule, events, tables = [], call_answers = {}, received_at }: Simulated, clock: Clock) {
  const event = events[0] ?? {};
  return previewConditions({ rule, event, tables, call_answers, arrival: received_at ?? clock.now() });
}

class SimulatedRun {
  readonly #given: Simulated;
  readonly #run: RuleRun;
  readonly #plan: Plan;
  readonly #topic: string;
  readonly #state: RuleState;
  readonly #trace: PatternTrace = { timeouts: [], errors: [] };
  readonly #effects: Effects = { ...noEffects(), trace: this.#trace };
  readonly #arrivals: Float64Array;
  /** The latest event time. */
  readonly #latest: number;
  #arrival = -Infinity;
  /** Enrichments whose calls were wanted. */
  readonly #called = new Set<string>();

  constructor(given: Simulated, clock: Clock) {
    this.#given = given;
    const { rule, rule_id, tables = [] } = given;
    this.#run = new RuleRun({ rule, rule_id, version: 1, generation: 1, tables, effects: this.#effects });
    this.#plan = this.#run.plan;
    this.#state = this.#run.state;
    this.#topic = this.#plan.topics?.[0] ?? "default";
    const times = given.events.map(timeIn(this.#plan));
    this.#latest = times.reduce((latest, time) => time > latest ? time : latest, -Infinity);
    this.#arrivals = arrivalsOf(times, given.received_at ?? null, clock);
  }

  /** Applies the events from index `first` on that arrived together; answers where to go on. */
  apply(first: number): number {
    const arrival = this.#arrivals[first]!;
    const { events } = this.#given;
    const end = Math.min(events.length, first + BATCH_ROWS_MAX);
    let next = first + 1;
    while (next < end && this.#arrivals[next] === arrival) next++;
    const span: Span = { first, next, arrival };
    this.#arrival = arrival;
    this.#run.apply(this.#topic, events.slice(first, next), span);
    this.#answerCalls(span);
    return next;
  }

  /** An answer may let events want further calls. */
  #answerCalls(span: Span): void {
    const { calls } = this.#state;
    for (let wanted = calls?.takeWanted(); wanted?.[0] !== undefined; wanted = calls?.takeWanted()) {
      for (const { id } of wanted) {
        this.#called.add(id.name);
        const answer = callAnswer(this.#given.call_answers?.[id.name]);
        takeCallAnswer(this.#run.prepared, this.#state, { call: id, answer, span, effects: this.#effects });
      }
    }
  }

  /** Lets time go on after the last event, by arrival and by event time alike. */
  end(): void {
    const { advance_to } = this.#given;
    if (advance_to === null) return;
    const { timers, minute } = this.#state;
    const until = advance_to === "end" ? this.#end() : advance_to;
    for (let due = timers.next; due <= until && due < Infinity; due = timers.next) this.#advanceTo(due);
    if (advance_to !== "end") this.#advanceTo(advance_to);
    else if (minute.suppressed > 0) this.#arrive(minute.minute + MINUTE_MS);
  }

  /** Windows that fire empty, and schedules, never run out: those up to the last event's windows do. */
  #end(): number {
    const { window } = this.#plan;
    if (window === null || !window.emit_empty || window.type !== "hopping") return Infinity;
    return this.#latest + window.size_ms + window.lateness_ms;
  }

  #arrive(time: number): void {
    this.#arrival = Math.max(this.#arrival, time);
    this.#run.advance(this.#arrival);
  }

  #advanceTo(time: number): void {
    this.#arrive(time);
    if (this.#plan.clock === null) return;
    const { length } = this.#given.events;
    const span: Span = { first: length, next: length, arrival: this.#arrival };
    this.#run.pass(span, time + this.#plan.clock.delay_ms);
  }

  result(): SimulationResult {
    const { alerts, counters } = this.#effects;
    return {
      condition_evaluated: this.#isEvaluated(),
      would_execute: alerts.length > 0,
      matched: counters.matched ?? 0,
      alerts: alerts.map((effect) => this.#alert(effect)),
      timeouts: this.#trace.timeouts.map(({ events, at }) => ({ events: [...events], at: instant(at) })),
      ...this.#error(),
      late_events: this.#effects.late,
      final: {
        watermark: this.#watermark(),
        keys: this.#state.keys.count,
        open_windows: this.#state.window?.open_windows ?? 0,
      },
      warnings: this.#warnings(),
    };
  }

  #error(): Pick<SimulationResult, "error"> {
    const [first] = this.#trace.errors;
    return first === undefined ? {} : { error: { code: first.code, event: first.offset } };
  }

  #warnings(): Fault[] {
    const { call_answers = {} } = this.#given;
    const { enrichments } = this.#plan;
    const calls = enrichments.flatMap(({ kind, name }) => kind === "api_call" ? [name] : []);
    const fallen = calls.filter((name) => this.#called.has(name) && call_answers[name] === undefined);
    const odd = Object.keys(call_answers).filter((name) => !calls.includes(name));
    return [
      ...fallen.map((name) => ({
        pointer: pointer("trigger_spec", "enrichments", enrichments.findIndex((one) => one.name === name)),
        code: "not_called",
        message:
          `A simulation calls no endpoint: "${name}" had its fallback; call_answers may give an answer`,
      })),
      ...odd.map((name) => ({
        pointer: pointer("call_answers", name),
        code: "no_effect",
        message: `"${name}" has no effect: the rule has no api_call enrichment of that name`,
      })),
    ];
  }

  #watermark(): string | null {
    const watermark = this.#state.clock?.watermark ?? this.#latest;
    return Number.isFinite(watermark) ? instant(watermark) : null;
  }

  #isEvaluated(): boolean {
    const { fields } = this.#plan;
    const { events } = this.#given;
    if (fields.length === 0) return events.length > 0;
    return fields.map(compileColumn).some((lookup) => events.some((event) => lookup(event) !== undefined));
  }

  #alert(effect: Effects["alerts"][number]): SimulationResult["alerts"][number] {
    const { rule, rule_id, events } = this.#given;
    const evidence = effect.events.map((offset) => ({ offset, event: events[offset]! }));
    const alert = buildAlert({ rule, rule_id, plan: this.#plan, effect, events: evidence });
    return { ...alert, events: [...effect.events], match: indexesOf(alert.match) };
  }
}

/** A match with the indexes of its events. */
function indexesOf(match: Alert["match"]): Record<string, number[]> | null {
  if (match === null) return null;
  return Object.fromEntries(
    Object.entries(match).map(([step, events]) => [step, events.map(({ offset }) => offset)]),
  );
}

/** Event times by the rule's own reading; NaN where an event has none. */
function timeIn(plan: Plan): (event: JsonObject) => number {
  const reader = timeReader(0, plan.time);
  return (event) => {
    const value = reader.lookup(event);
    return value === undefined ? NaN : timeOf(value, plan.time.unit);
  };
}

function arrivalsOf(times: readonly number[], receivedAt: number | null, clock: Clock): Float64Array {
  if (receivedAt !== null) return new Float64Array(times.length).fill(receivedAt);
  let latest = times.find((time) => !Number.isNaN(time)) ?? clock.now();
  return Float64Array.from(times, (time) => latest = time > latest ? time : latest);
}
