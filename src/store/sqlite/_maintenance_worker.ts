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

const { file } = workerData as { file: string };
const db = new DatabaseSync(file);

parentPort?.on("message", (request: MaintenanceRequest) => {
  parentPort?.postMessage(request === "checkpoint" ? checkpoint() : close());
});

function checkpoint(): MaintenanceReply {
  try {
    const row = db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get() as { log: number; checkpointed: number };
    return { left: row.log - row.checkpointed, error: null };
  } catch (error) {
    return { left: 0, error: String(error) };
  }
}

function close(): MaintenanceReply {
  db.close();
  return { left: 0, error: null };
}
