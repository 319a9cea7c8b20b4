/**
 * Intake: from parsed slices to durable log records. Requests that wait at the same time share one
 * transaction; those of one topic share one record (group commit on the next turn of the event loop,
 * INVARIANTS 16). Resolves only after COMMIT.
 */
import type { EventSlice } from "./event_slice.ts";

/** An Idempotency-Key to be answered with the same reply again: see store/event_log.ts. */
export interface ReplyDraft {
  key: string;
  request: string;
  status: number;
  /** The answer's body once the offsets are known. */
  body(receipt: Receipt): string;
}

export interface Receipt {
  accepted: number;
  duplicates: number;
  first_offset: number;
  last_offset: number;
}

export interface Intake {
  /**
   * Appends all slices of one request in one transaction.
   * @throws Problem 507 (disk full), 503 (busy or stopping), 429 with Retry-After (rules lag too
   * far behind, too many topics)
   */
  submit(topic: string, slices: readonly EventSlice[], reply?: ReplyDraft): Promise<Receipt>;
  /** Throws the 429 or 503 that submit would throw now: lets a long upload be refused at its start. */
  admit(): void;
}
