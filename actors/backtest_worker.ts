/**
 * The entry of a Worker for one backtest (backtests.ts): it is sent rules, then records of the log in their order, and
 * answers each piece with what the rules decided. It must not be imported.
 */
import { parentPort } from "node:worker_threads";
import { assertNever, present } from "../src/base/assert.ts";
import { systemClock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { type AlertEffect, type CounterName, type Effects, noEffects } from "../src/engine/effects.ts";
import { takeCallAnswer } from "../src/engine/step.ts";
import { parseRecord } from "../src/ingest/parsed_record.ts";
import type { LogRecord } from "../src/store/event_log.ts";
import type { TableImage } from "./messages.ts";
import { readDraft } from "./rule_document.ts";
import { RuleRun } from "./rule_run.ts";
import { valueNames, ValueSeries } from "./value_series.ts";

/** A rule to run: its document, since a rule that is read holds functions, which no message can carry. */
export interface BacktestRule {
  document: JsonObject;
  rule_id: string;
  version: number;
  generation: number;
}

export type ToBacktest =
  | { kind: "begin"; rules: readonly BacktestRule[]; tables: readonly TableImage[]; from: number; to: number }
  /** Bodies of topics that no rule reads are left out. */
  | { kind: "records"; records: readonly SentRecord[] }
  /** What the values of the first rule were. */
  | { kind: "values" };

/** A record of the log in buffers: the platform looks through every element of a typed array in a message. */
export interface SentRecord extends Omit<LogRecord, "body" | "lines"> {
  body: ArrayBuffer;
  lines: ArrayBuffer;
}

/** What a rule decided since the last answer. */
export interface BacktestNews {
  alerts: AlertEffect[];
  counters: Partial<Record<CounterName, number>>;
  late: number;
}

export type FromBacktest =
  /** Topics that the rules read; null: all that are not the product's own. */
  | { kind: "ready"; topics: string[] | null }
  /** `ms`: how long it took. */
  | { kind: "took"; events: number; ms: number; news: BacktestNews[] }
  /** null: it computes none. */
  | { kind: "values"; series: JsonObject | null }
  | { kind: "failed"; error: string };

const port = present(parentPort, "port of the Worker");
let runs: RuleRun[] = [];
let series: ValueSeries | null = null;
let bounds = { from: 0, to: Infinity };

port.on("message", (message: ToBacktest) => {
  try {
    port.postMessage(answer(message));
  } catch (error) {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    port.postMessage({ kind: "failed", error: text } satisfies FromBacktest);
  }
});

function answer(message: ToBacktest): FromBacktest {
  switch (message.kind) {
    case "begin":
      return begin(message);
    case "records":
      return take(message.records);
    case "values":
      return { kind: "values", series: series?.shown() ?? null };
    default:
      return assertNever(message);
  }
}

function begin({ rules, tables, from, to }: Extract<ToBacktest, { kind: "begin" }>): FromBacktest {
  bounds = { from, to };
  runs = rules.map(({ document, ...version }) =>
    new RuleRun({ ...version, rule: readDraft(document), tables, effects: noEffects() })
  );
  watchValues(runs[0]!);
  const all = runs.map(({ plan }) => plan.topics);
  const topics = all.flatMap((names) => names ?? []);
  return { kind: "ready", topics: all.includes(null) ? null : topics };
}

function watchValues({ plan, effects }: RuleRun): void {
  if (valueNames(plan).length === 0) return;
  const watched = series = new ValueSeries(plan);
  effects.seen = (evaluation) => watched.add(evaluation);
}

function take(records: readonly SentRecord[]): FromBacktest {
  const start = systemClock.monotonic();
  let events = 0;
  for (const { body, lines, ...record } of records) {
    events += apply({ ...record, body: new Uint8Array(body), lines: new Uint32Array(lines) });
  }
  const news = runs.map(({ effects }) => takeNews(effects));
  return { kind: "took", events, ms: systemClock.monotonic() - start, news };
}

/** Answers how many events were applied to any of the rules. */
function apply(record: LogRecord): number {
  const readers = record.kind === "events" ? runs.filter((run) => run.reads(record.topic)) : [];
  if (record.kind === "start") { for (const run of runs) run.restart(record.arrival); }
  for (const run of runs) if (!readers.includes(run)) run.advance(record.arrival);
  if (readers.length === 0) return 0;
  const skipped = Math.max(0, bounds.from - record.first);
  const events = parseRecord(record).events.slice(skipped, bounds.to - record.first);
  const first = record.first + skipped;
  const span = { first, next: first + events.length, arrival: record.arrival };
  for (const run of readers) {
    run.apply(record.topic, events, span);
    answerCalls(run, span);
  }
  return events.length;
}

/** No endpoint is called: fallbacks count, as main says beforehand. */
function answerCalls(run: RuleRun, span: { first: number; next: number; arrival: number }): void {
  const { calls } = run.state;
  for (let wanted = calls?.takeWanted(); wanted?.[0] !== undefined; wanted = calls?.takeWanted()) {
    for (const { id } of wanted) {
      const answer = { kind: "fallback" } as const;
      takeCallAnswer(run.prepared, run.state, { call: id, answer, span, effects: run.effects });
    }
  }
}

function takeNews(effects: Effects): BacktestNews {
  const news = { alerts: effects.alerts, counters: effects.counters, late: effects.late.length };
  Object.assign(effects, { ...noEffects(), seen: effects.seen });
  return news;
}
