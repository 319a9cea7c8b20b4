/**
 * Where the router hands records to: a ring that workers read (actors/ring_feed.ts), or the same actors on
 * the main thread (actors/inline_feed.ts).
 */
import type { Prepared } from "../batch/encoder.ts";
import type { Slot } from "../batch/ring.ts";

export interface Feed {
  /** Bytes of the largest batch that `publish` takes. */
  readonly batchBytesMax: number;
  /** Hands a record to every attached host. Waits while those that make progress are too far behind. */
  publish(slot: Slot, batch: Prepared | null): Promise<void>;
  /** The same for a batch that is larger than `batchBytesMax`. */
  publishLarge(slot: Slot, batch: Prepared): Promise<void>;
}
