/**
 * The hosts that a supervisor may use, and the feed that reaches them: Workers (worker_fleet.ts) or the
 * main thread (inline_fleet.ts).
 */
import type { Feed } from "../src/ingest/feed.ts";
import type { Breadcrumb } from "./control_block.ts";
import type { Host } from "./host.ts";
import type { FromHost, ToHost } from "./messages.ts";

export interface FleetListener {
  onMessage(host: Host, message: FromHost): void;
  /** A host is gone: it died, or hung and was stopped. `crumb`: where it was. */
  onLost(host: Host, reason: string, crumb: Breadcrumb): void;
}

export interface Fleet {
  readonly feed: Feed;
  /** Set once, before the first spawn. */
  listener: FleetListener;
  /** Starts a host, detached, for a slot that is free. */
  spawn(slot: number, floor: number): Promise<Host>;
  /** Lets a detached host take part in the feed from the next record on; answers the cursor for its join. */
  attach(host: Host): number;
  /**
   * At a boundary of the router: messages that the host takes exactly here in the order; `at` is the offset
   * of the next record. False when the host is not attached.
   */
  control(host: Host, messages: readonly ToHost[], at: number): Promise<boolean>;
  /** Stops a host that is not wanted any more; it says nothing further. */
  retire(host: Host): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
