/**
 * The stores as one: what a composition root opens. `memory/`, `sqlite/` are implementations; one test
 * suite runs over all of them.
 */
import type { ChannelRows } from "./channel_store.ts";
import type { EffectStore } from "./effect_store.ts";
import type { EventLog, Reply } from "./event_log.ts";
import type { ExecLog } from "./exec_log.ts";
import type { FigureStore } from "./figure_store.ts";
import type { HealthStore } from "./health_store.ts";
import type { LookupStore } from "./lookup_store.ts";
import type { Outbox } from "./outbox.ts";
import type { RoutingStore } from "./routing_store.ts";
import type { RuleStore } from "./rule_store.ts";
import type { SecretRows } from "./secret_store.ts";
import type { SnapshotStore } from "./snapshot_store.ts";
import type { ActionTemplateStore, ApiStore, TemplateStore } from "./named_versions.ts";

/** What the store takes of the disk; all 0 where there is none. */
export interface StoreSizes {
  /** Bodies and line tables of all records. */
  log_bytes: number;
  file_bytes: number;
  /** Of the write-ahead log. */
  wal_bytes: number;
  /** False while the room kept for bad days is given up; null where none is kept. */
  ballast_whole: boolean | null;
}

export interface Store {
  readonly log: EventLog;
  readonly rules: RuleStore;
  readonly lookups: LookupStore;
  readonly effects: EffectStore;
  readonly snapshots: SnapshotStore;
  readonly outbox: Outbox;
  readonly channels: ChannelRows;
  readonly secrets: SecretRows;
  readonly routing: RoutingStore;
  readonly templates: TemplateStore;
  readonly actionTemplates: ActionTemplateStore;
  /** By api_id. */
  readonly apis: ApiStore;
  readonly health: HealthStore;
  readonly execs: ExecLog;
  readonly figures: FigureStore;
  /** Keeps a reply that answers for no log record (e.g. a channel was made). */
  keepReply(reply: Reply): Promise<void>;
  /** Deletes replies made before `before`, at most `slice`; answers how many. */
  trimReplies(before: number, slice: number): Promise<number>;
  /**
   * Moves the write-ahead log into the file as far as readers allow; off the main thread where there is one.
   * Nothing is moved while fewer than `worthBytes` wait (default 0).
   */
  checkpoint(worthBytes?: number): Promise<void>;
  /** p50 of the durable commits so far, ms; null before the first. */
  syncP50(): number | null;
  sizes(): Promise<StoreSizes>;
  /** Idempotent. */
  [Symbol.asyncDispose](): Promise<void>;
}
