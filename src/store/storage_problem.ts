/** Failures of a store that left nothing changed, as every caller is told of them. */
import { Problem } from "../base/problem.ts";
import { StorageBusyError, StorageFullError } from "./event_log.ts";

/** Null for everything else: what became of the write is unknown then. */
export function storageProblem(error: unknown): Problem | null {
  if (error instanceof StorageFullError) {
    const detail = "Cannot store it: the disk is full";
    return refused({ status: 507, code: "disk_full", detail, seconds: 30, cause: error });
  }
  if (error instanceof StorageBusyError) {
    const detail = "Cannot store it now: the store is busy";
    return refused({ status: 503, code: "storage_busy", detail, seconds: 5, cause: error });
  }
  return null;
}

function refused(
  { seconds, ...init }: { status: number; code: string; detail: string; seconds: number; cause: Error },
): Problem {
  return new Problem({ ...init, headers: { "Retry-After": String(seconds) } });
}
