/**
 * Rules and their versions. Each save writes one immutable version row and its log record in one durable
 * transaction, so the order of rule changes and events is the order of the log (INVARIANTS 5). The version
 * rows are the timeline that a replay follows: version v is in force from its `from_offset` on.
 */
import type { JsonObject } from "../base/json.ts";
import type { NewRecord, PendingReply } from "./event_log.ts";

export type RuleChange = "created" | "updated" | "enabled" | "disabled" | "deleted";

export interface RuleVersion {
  rule_id: string;
  version: number;
  /** Grows when state is reset; part of alert ids. */
  generation: number;
  /** The offset of the log record that announced it; the version sees events from the next offset on. */
  from_offset: number;
  change: RuleChange;
  /** Whether the rule runs under this version. */
  active: boolean;
  /** The document as the user wrote it. */
  doc: JsonObject;
  /** ms since the epoch */
  created_at: number;
  updated_at: number;
}

export type RuleVersionDraft = Omit<RuleVersion, "from_offset">;

export interface RuleQuery {
  trigger_type?: string;
  active?: boolean;
  severity?: string;
  tag?: string;
  /** Part of the name, any case. */
  search?: string;
  limit: number;
  /** rule_ids already listed end here (exclusive): opaque to callers. */
  after?: string;
}

export interface RuleStore {
  /**
   * Writes `draft` and `record` (whose offset becomes `from_offset`).
   * @throws VersionConflictError when the newest version is not draft.version - 1.
   */
  save(draft: RuleVersionDraft, record: NewRecord, replies?: readonly PendingReply[]): Promise<RuleVersion>;
  /** The newest version; undefined when unknown or deleted. */
  get(ruleId: string): Promise<RuleVersion | undefined>;
  /** The newest version of a rule that may be deleted. */
  latest(ruleId: string): Promise<RuleVersion | undefined>;
  /** Newest first. Deleted rules do not appear. `next` is the `after` of the next page. */
  list(query: RuleQuery): Promise<{ items: RuleVersion[]; next: string | null }>;
  /** All versions, oldest first. */
  versions(ruleId: string): Promise<RuleVersion[]>;
  /** The newest versions of all rules that are active. */
  active(): Promise<RuleVersion[]>;
  count(): Promise<{ total: number; active: number }>;
}

/** Somebody else saved first. Routes answer 409 or 412. */
export class VersionConflictError extends Error {
  override readonly name = "VersionConflictError";
}
