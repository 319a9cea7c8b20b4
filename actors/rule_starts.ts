/**
 * Where actors begin: for every active rule, the version that its snapshot (or its start) belongs to, the
 * offset that its state holds, and what of its effects is committed already.
 */
import type { LogRecord } from "../src/store/event_log.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { LoadedSnapshot } from "../src/store/snapshot_store.ts";
import type { Store } from "../src/store/store.ts";
import { decodeRuleRecord } from "../src/ingest/rule_record.ts";

export interface RuleStart {
  /** The version in force at `offset`. */
  version: RuleVersion;
  /** State holds everything below; replay begins here. */
  offset: number;
  /** Effects of records below are committed. */
  applied: number;
  /** The newest one, whether or not it can be used. */
  snapshot: LoadedSnapshot | undefined;
  /** Whether it (or none, but a floor that says so) stands for what lies below `offset`. */
  saved: boolean;
}

/** Where the newest version's actor begins after a start of the process, or after a crash. */
export async function ruleStart(store: Store, newest: RuleVersion): Promise<RuleStart> {
  const life = await presentLife(store, newest);
  const kept = await store.snapshots.offset(newest.rule_id);
  const begin = await beginOf(store, life[0]!);
  const progress = await store.effects.progress(newest.rule_id);
  const snapshot = await store.snapshots.load(newest.rule_id);
  const offset = Math.max(begin, kept ?? 0);
  const saved = kept !== undefined && kept >= begin;
  // A rule that was resumed from quarantine has meant a later version than the log would tell.
  const version = Math.max(inForce(life, offset).version, saved ? snapshot?.rule_version ?? 0 : 0);
  const applied = Math.max(offset, progress?.applied.offset ?? 0);
  return {
    version: life.find((row) => row.version === version) ?? inForce(life, offset),
    ...{ offset, applied, snapshot, saved },
  };
}

/** The versions since the rule was created or enabled last, oldest first. */
async function presentLife(store: Store, newest: RuleVersion): Promise<RuleVersion[]> {
  if (begins(newest)) return [newest];
  const versions = await store.rules.versions(newest.rule_id);
  const first = versions.findLastIndex(begins);
  return versions.slice(Math.max(0, first));
}

function begins(version: RuleVersion): boolean {
  return version.change === "created" || version.change === "enabled";
}

/** The first offset that the rule sees: behind its record, or where its record says. */
async function beginOf(store: Store, version: RuleVersion): Promise<number> {
  const [record] = await store.log.read(version.from_offset, { records: 1, bytes: 0 });
  const said = record !== undefined && isOf(record, version)
    ? decodeRuleRecord(record.body).start
    : undefined;
  return said ?? version.from_offset + 1;
}

function isOf(record: LogRecord, version: RuleVersion): boolean {
  return record.kind === "rule" && record.first === version.from_offset;
}

/** A version counts for events behind its record. */
function inForce(life: readonly RuleVersion[], offset: number): RuleVersion {
  return life.findLast((version) => version.from_offset < offset) ?? life[0]!;
}
