/**
 * Lookup tables and their versions. Each save writes one immutable version and its log record in one durable
 * transaction (INVARIANTS 4 and 5): a version counts for events behind its record. The bytes of a version are
 * those of batch/lookup_image.ts; they stay until nobody can need them any more.
 */
import type { LookupSource } from "../model/lookup.ts";
import type { NewRecord } from "./event_log.ts";
import { VersionConflictError } from "./rule_store.ts";

export interface LookupVersion {
  name: string;
  version: number;
  /** The offset of the log record that announced it; the version counts from the next offset on. */
  from_offset: number;
  /** The table ended here: nothing is found any more. */
  deleted: boolean;
  /** The column whose printed value is the key of a row. */
  key: string;
  rows: number;
  /** Of the image. */
  bytes: number;
  source: LookupSource | null;
  /** SHA-256 of the image, hex. */
  digest: string;
  /** ms since the epoch */
  created_at: number;
  updated_at: number;
}

export type LookupDraft = Omit<LookupVersion, "from_offset" | "bytes">;

export interface LookupStore {
  /**
   * Writes `draft`, its image (empty for one that is deleted) and `record`, whose offset becomes `from_offset`.
   * @throws VersionConflictError when the newest version is not draft.version - 1.
   */
  save(draft: LookupDraft, image: Uint8Array, record: NewRecord): Promise<LookupVersion>;
  /** The newest versions of all tables that are not deleted, by name. */
  list(): Promise<LookupVersion[]>;
  /** The newest version of a table that may be deleted. */
  latest(name: string): Promise<LookupVersion | undefined>;
  /**
   * The version in force for a state that holds everything below `offset`; where that one was trimmed, the
   * oldest one held. undefined: there was none yet.
   */
  at(name: string, offset: number): Promise<LookupVersion | undefined>;
  /** undefined: deleted, trimmed, or never there. */
  image(name: string, version: number): Promise<Uint8Array | undefined>;
  /** Forgets versions that a later one has replaced before `keepFrom`, at most `slice`; answers how many. */
  trim(keepFrom: number, slice: number): Promise<number>;
  /** Bytes of all images held. */
  bytes(): Promise<number>;
}

/** Of the versions held of one table, oldest first, the one in force for a state of `offset`. */
export function versionAt(versions: readonly LookupVersion[], offset: number): LookupVersion | undefined {
  const found = versions.findLast((version) => version.from_offset < offset);
  const [oldest] = versions;
  return found ?? (oldest !== undefined && oldest.version > 1 ? oldest : undefined);
}

/** @throws VersionConflictError when `newest` is not the version before the draft's. */
export function requireNext(draft: Pick<LookupDraft, "name" | "version">, newest: number): void {
  if (newest === draft.version - 1) return;
  throw new VersionConflictError(
    `Cannot save lookup table "${draft.name}" as version ${draft.version}: its newest version is ${newest}`,
  );
}
