/**
 * A host of actors as main sees it: a Worker (worker_host.ts) or main itself (inline_host.ts). Messages are
 * taken in the order they were sent; an ordered one waits for its control slot in the feed.
 */
import type { FromHost, ToHost } from "./messages.ts";

export interface Host {
  /** Place in the candidate lists of batches. */
  readonly slot: number;
  /** Unique in the process: names this incarnation of the slot. */
  readonly owner: number;
  /** Names the durable floor row of this incarnation: unique in the data directory. */
  readonly floor: number;
  /** Whether it takes part in the common feed. */
  attached: boolean;
  /** It was given up by the feed and has not yet said so itself ("detached"): it cannot be attached again. */
  leaving: boolean;
  /** Messages sent and not yet taken. */
  readonly untaken: number;
  /** Sends a message; answers its number. Ordered: the feed must get a control slot for it. */
  send(message: ToHost, options?: { ordered: boolean }): number;
  /** The committed frames, as the host may go on only so far ahead. */
  acknowledge(frame: number): void;
  /** The earliest timer of its actors by arrival, ms. */
  readonly nextDue: number;
  /** Stops it for good, busy or not. Idempotent. */
  terminate(): Promise<void>;
}

/** What a host tells main, in the order it happened. */
export type HostListener = (host: Host, message: FromHost) => void;
