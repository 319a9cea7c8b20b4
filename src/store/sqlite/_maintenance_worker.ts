/**
 * The maintenance worker: moves the write-ahead log into the database over a connection of its own, so
 * that neither copying nor fsync holds up the thread that serves. Passive: it waits for nobody and makes
 * nobody wait. It answers each message once and ends after "close", with its connection closed.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

export type MaintenanceRequest = "checkpoint" | "close";

export interface MaintenanceReply {
  /** Pages in the log that are not in the file yet; 0 after "close". */
  left: number;
  /** Why it failed; null when it did not. */
  error: string | null;
}

/** Rounds of one checkpoint: each has only what was written during the one before. */
const ROUNDS_MAX = 6;
/** With so few left the writing connection finishes without being held up. */
const PAGES_LEFT_FEW = 48;

const { file } = workerData as { file: string };
const db = new DatabaseSync(file);

parentPort?.on("message", (request: MaintenanceRequest) => {
  parentPort?.postMessage(request === "checkpoint" ? checkpoint() : close());
});

function checkpoint(): MaintenanceReply {
  try {
    let left = Infinity;
    for (let round = 0; round < ROUNDS_MAX && left > PAGES_LEFT_FEW; round++) {
      const row = db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get() as { log: number; checkpointed: number };
      left = row.log - row.checkpointed;
    }
    return { left, error: null };
  } catch (error) {
    return { left: 0, error: String(error) };
  }
}

function close(): MaintenanceReply {
  db.close();
  return { left: 0, error: null };
}
