/**
 * What "store" actions keep: rows of lookup tables and events. A table is one immutable version after the other, so
 * rows that come while one is being written wait and go into the next together.
 */
import type { PortOutcome, StoragePort } from "../src/action/mod.ts";
import { type Clock, sleep } from "../src/base/clock.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import { Problem } from "../src/base/problem.ts";
import type { Intake } from "../src/ingest/intake.ts";
import { polledEvent } from "../src/ingest/polled_event.ts";
import { REPLY_LIFE_MS } from "../src/store/event_log.ts";
import { storageProblem } from "../src/store/storage_problem.ts";
import type { Store } from "../src/store/store.ts";
import type { LookupControl } from "./lookup_control.ts";

/** Rows of a table that actions write to: each version of it is written anew. */
export const STORED_ROWS_MAX = 10_000;
/** Between two versions of a table, ms. */
const GAP_MS = 250;
/** The key of a table that an action makes, unless it says another. */
const KEY_DEFAULT = "dedup_key";

export interface ActionStorageParts {
  lookups: Pick<LookupControl, "names" | "get" | "rows" | "upload">;
  intake: Pick<Intake, "submit">;
  log: Pick<Store["log"], "reply">;
  clock: Clock;
}

interface Waiting {
  row: JsonObject;
  key: string | null;
  done(outcome: PortOutcome): void;
}

export function createActionStorage(parts: ActionStorageParts): StoragePort {
  const { clock } = parts;
  const waiting = new Map<string, Waiting[]>();
  const writtenAt = new Map<string, number>();
  const work = async (table: string) => {
    for (let batch = waiting.get(table)!; batch.length > 0; batch = waiting.get(table)!) {
      const early = (writtenAt.get(table) ?? -Infinity) + GAP_MS - clock.monotonic();
      if (early > 0) await sleep(clock, early);
      const taken = waiting.get(table)!;
      waiting.set(table, []);
      const outcomes = await putRows(table, taken, parts);
      writtenAt.set(table, clock.monotonic());
      taken.forEach(({ done }, i) => done(outcomes[i]!));
    }
    waiting.delete(table);
  };
  return {
    putRow: (table, row, key) =>
      new Promise((done) => {
        const queue = waiting.get(table);
        if (queue !== undefined) return void queue.push({ row, key, done });
        waiting.set(table, [{ row, key, done }]);
        void work(table);
      }),
    sendEvent: (topic, event, id) => sendEvent(topic, event, { ...parts, id }),
  };
}

/** One new version of the table with all rows; what is wrong with one refuses that one. */
async function putRows(
  table: string,
  batch: readonly Waiting[],
  { lookups }: ActionStorageParts,
): Promise<PortOutcome[]> {
  try {
    const known = lookups.names().includes(table) ? await lookups.get(table) : null;
    if (known?.source) {
      const why = `Cannot store into lookup table "${table}": it is filled from a URL`;
      return batch.map(() => refused(409, "table_is_polled", why));
    }
    if (known !== null && known.rows > STORED_ROWS_MAX) {
      const why =
        `Cannot store into lookup table "${table}": it has ${known.rows} rows, and actions write to tables ` +
        `of at most ${STORED_ROWS_MAX}`;
      return batch.map(() => refused(413, "table_full", why));
    }
    const key = known?.key ?? batch.find((one) => one.key !== null)?.key ?? KEY_DEFAULT;
    const held = known === null ? [] : await lookups.rows(known, { from: 0, limit: STORED_ROWS_MAX + 1 });
    const rows = new Map(held.map((row) => [String(row[key]), row]));
    const outcomes = batch.map((one) => put(rows, one, { table, key }));
    if (outcomes.some(({ ok }) => ok)) {
      const document = JSON.stringify({ key, rows: [...rows.values()] });
      const bytes = new TextEncoder().encode(document);
      await lookups.upload(table, { bytes, format: "json", key: null }, { ifMatch: known?.version ?? 0 });
    }
    return outcomes;
  } catch (error) {
    const failure = failureOf(table, error);
    return batch.map(() => failure);
  }
}

/** Another version came meanwhile, or the disk is full: it may go another time. */
function failureOf(table: string, error: unknown): PortOutcome {
  const problem = error instanceof Problem ? error : storageProblem(error);
  if (problem === null) {
    const why = `Cannot store into lookup table "${table}": ${
      error instanceof Error ? error.message : error
    }`;
    return { ok: false, status: 500, reason: "internal_error", error: why, again: true };
  }
  const { status, code, message } = problem;
  const again = status === 412 || status === 429 || status >= 500;
  return { ok: false, status, reason: code, error: message, again };
}

function put(
  rows: Map<string, JsonObject>,
  { row, key: asked }: Waiting,
  { table, key }: { table: string; key: string },
): PortOutcome {
  if (asked !== null && asked !== key) {
    return refused(
      400,
      "other_key",
      `Cannot store under "${asked}": the key of lookup table "${table}" is "${key}"`,
    );
  }
  const value = row[key];
  if (value === undefined || value === null || isObject(value) || Array.isArray(value)) {
    return refused(
      400,
      "no_key",
      `Cannot store into lookup table "${table}": the row has no value for its key "${key}"`,
    );
  }
  const name = String(value);
  if (!rows.has(name) && rows.size >= STORED_ROWS_MAX) {
    const why =
      `Cannot store into lookup table "${table}": it has ${STORED_ROWS_MAX} rows, as many as actions may write`;
    return refused(413, "table_full", why);
  }
  rows.set(name, row);
  return { ok: true, result: { table, key: name }, references: { table, key: name } };
}

async function sendEvent(
  topic: string,
  event: JsonObject,
  { intake, log, clock, id }: ActionStorageParts & { id: string },
): Promise<PortOutcome> {
  const text = JSON.stringify(event);
  const slice = polledEvent(text);
  if (slice === null) {
    return refused(400, "bad_event", "Cannot store the event: it is nothing that may be an event");
  }
  const key = `action ${id}`;
  try {
    const known = await log.reply(key, clock.now() - REPLY_LIFE_MS);
    const body = known === undefined
      ? await intake.submit(topic, [slice], { key, request: id, status: 202, body: (r) => JSON.stringify(r) })
      : JSON.parse(known.body) as { first_offset: number };
    const sent = { topic, offset: body.first_offset };
    return { ok: true, result: sent, references: { ...sent, at: clock.now() } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ok: false, status: error.status, reason: error.code, error: error.message, again: true };
  }
}

function refused(status: number, reason: string, error: string): PortOutcome {
  return { ok: false, status, reason, error, again: false };
}
