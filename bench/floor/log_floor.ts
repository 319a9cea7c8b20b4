/**
 * F1, as a program: what the log could take if a server did nothing else. JSON.parse of each event and one
 * SQLite commit per batch of the same bytes, in one thread. WAL, synchronous=FULL, one row a batch of up to
 * 4,096 events or 1 MB. The write-ahead log is emptied between rounds and never inside one, so the floor
 * is not lowered by checkpoints.
 */
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/base/clock.ts";
import { eventLines, type EventsWish } from "../events.ts";
import { serveLines } from "../line_service.ts";

const BATCH_EVENTS_MAX = 4096;
const BATCH_BYTES_MAX = 1_000_000;
const NEWLINE = 10;

export type LogFloorRequest = { prepare: EventsWish } | "round";

export interface LogFloorReply {
  events: number;
  ms: number;
  /** Median of the commits. */
  commit_ms: number;
}

interface Floor {
  batches: Uint8Array<ArrayBuffer>[];
  write(batch: Uint8Array): void;
  empty(): void;
}

function openFloor(file: string): Floor {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    CREATE TABLE log (first INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  `);
  const [begin, commit] = [db.prepare("BEGIN IMMEDIATE"), db.prepare("COMMIT")];
  const insert = db.prepare("INSERT INTO log (body) VALUES (?)");
  return {
    batches: [],
    write(batch) {
      begin.run();
      insert.run(batch);
      commit.run();
    },
    empty() {
      db.exec("DELETE FROM log; PRAGMA wal_checkpoint(TRUNCATE)");
    },
  };
}

function cut(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const batches: Uint8Array<ArrayBuffer>[] = [];
  let [start, events, end] = [0, 0, 0];
  for (let next = body.indexOf(NEWLINE); next >= 0; next = body.indexOf(NEWLINE, end)) {
    if (events === BATCH_EVENTS_MAX || next + 1 - start > BATCH_BYTES_MAX) {
      batches.push(body.subarray(start, end));
      [start, events] = [end, 0];
    }
    [events, end] = [events + 1, next + 1];
  }
  return [...batches, body.subarray(start, end)];
}

function round(floor: Floor): LogFloorReply {
  floor.empty();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const commits: number[] = [];
  const start = systemClock.monotonic();
  let events = 0;
  for (const batch of floor.batches) {
    const texts = decoder.decode(batch).split("\n");
    for (let i = 0; i < texts.length - 1; i++) JSON.parse(texts[i]!);
    events += texts.length - 1;
    const parsed = systemClock.monotonic();
    floor.write(batch);
    commits.push(systemClock.monotonic() - parsed);
  }
  const ms = systemClock.monotonic() - start;
  return { events, ms, commit_ms: commits.sort((a, b) => a - b)[commits.length >> 1] ?? 0 };
}

const floor = openFloor(Deno.args[0]!);
await serveLines((request: LogFloorRequest): LogFloorReply => {
  if (request === "round") return round(floor);
  floor.batches = cut(eventLines(request.prepare));
  return { events: 0, ms: 0, commit_ms: 0 };
});
