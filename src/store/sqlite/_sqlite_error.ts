/**
 * Which of the failures of SQLite leave nothing changed. FULL and BUSY become the store's own errors;
 * everything else stays what it is. Errors of BEGIN and COMMIT may come without a code, so the text that
 * SQLite has for the code is accepted as well.
 */
import { StorageBusyError, StorageFullError } from "../event_log.ts";

const BUSY = 5;
const FULL = 13;

/** `error`, or a {@linkcode StorageFullError} or {@linkcode StorageBusyError} with it as the cause. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isCode(error, FULL, "database or disk is full")) {
    return new StorageFullError("Cannot write to the store: the disk or the store's byte limit is full", {
      cause: error,
    });
  }
  if (isCode(error, BUSY, "database is locked")) {
    return new StorageBusyError("Cannot write to the store: another process holds it", { cause: error });
  }
  return error;
}

function isCode(error: Error, code: number, text: string): boolean {
  const { errcode } = error as { errcode?: number };
  // The low byte is the primary code, the rest says more about it.
  return errcode === undefined ? error.message.includes(text) : (errcode & 0xff) === code;
}
