/**
 * What part of the log a backtest runs over: offsets or times of arrival, from what was asked. Where it can hold
 * nothing, a warning says so.
 */
import * as z from "zod";
import { instant, timeOf } from "../src/base/event_time.ts";
import { badRequest, type Fault } from "../src/base/problem.ts";
import type { EventLog } from "../src/store/event_log.ts";

export interface BacktestRange {
  from: number;
  to: number;
  warnings: Fault[];
}

type Log = Pick<EventLog, "first" | "next" | "offsetAt" | "read">;
type Bound = number | string | null | undefined;
type Place = { offset: number; warning?: Fault };

const WISH = "an offset or a time like 2026-01-31T12:00:00Z";
export const boundSchema = z.union([z.number().int().min(0), z.string()], { error: `expected ${WISH}` })
  .nullish();

/** @throws Problem 400 */
export async function rangeOf(given: { from: Bound; to: Bound }, log: Log): Promise<BacktestRange> {
  const from = await placeOf("from", given.from, log) ?? { offset: 0 };
  const to = await placeOf("to", given.to, log) ?? { offset: log.next };
  if (from.offset > to.offset) {
    throw badRequest("invalid_value", "Cannot go backwards: from is after to", "/from");
  }
  const warnings = [from, to].flatMap(({ warning }) => warning === undefined ? [] : [warning]);
  return { from: from.offset, to: to.offset, warnings };
}

async function placeOf(name: "from" | "to", given: Bound, log: Log): Promise<Place | null> {
  if (given === null || given === undefined) return null;
  const number = typeof given === "number" ? given : /^\d+$/.test(given) ? Number(given) : null;
  if (number !== null) return atOffset(name, number, log.next);
  // A number in a text is no time here, of whatever unit.
  const time = Number.isNaN(Number(given)) ? timeOf(given as string, null) : NaN;
  if (!Number.isNaN(time)) return await atTime(name, time, log);
  throw badRequest("invalid_value", `Cannot use ${name}: expected ${WISH}`, `/${name}`);
}

function atOffset(name: "from" | "to", offset: number, next: number): Place {
  if (offset <= next) return { offset };
  const message = name === "from"
    ? `Offset ${offset} is beyond the log, whose next event gets offset ${next}: there is nothing to run over`
    : `Offset ${offset} is beyond the log, whose next event gets offset ${next}: the backtest ends there`;
  const code = name === "from" ? "start_beyond_log" : "end_beyond_log";
  return { offset: next, warning: { pointer: `/${name}`, code, message } };
}

async function atTime(name: "from" | "to", time: number, log: Log): Promise<Place> {
  // A time before all that is kept reaches into what retention has taken.
  if (name === "from" && log.first > 0) {
    const [oldest] = await log.read(log.first, { records: 1, bytes: 1 });
    if (oldest !== undefined && time < oldest.arrival) return { offset: 0 };
  }
  const offset = await log.offsetAt(time);
  if (name === "to" || offset < log.next) return { offset };
  const message = `Nothing arrived since ${instant(time)}: there is nothing to run over`;
  return { offset, warning: { pointer: "/from", code: "start_beyond_log", message } };
}
