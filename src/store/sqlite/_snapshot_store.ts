/**
 * Snapshots over SQLite: chunks are staged one transaction a call, manifests published in another. A chunk
 * that no manifest names any more goes with the publication that replaced it; chunks staged for a later
 * snapshot stay.
 */
import { assert } from "../../base/assert.ts";
import { appliedOf, snapshotOffsetOf } from "../floor.ts";
import type { LoadedSnapshot, Manifest, SnapshotStore } from "../snapshot_store.ts";
import type { Connection } from "./connection.ts";
import type { Progress, ProgressRow } from "./_progress.ts";

/** The rows of snapshots, for whoever has a transaction open. */
export interface SnapshotRows {
  publish(manifest: Manifest): void;
  remove(ruleId: string): void;
}

interface ManifestRow {
  rule_id: string;
  snapshot: number;
  log_offset: number;
  generation: number;
  rule_version: number;
  format: number;
}

export function createSnapshotStore(
  db: Connection,
  { progress, rows }: { progress: Progress; rows: SnapshotRows },
): SnapshotStore {
  const stage = db.prepare(
    "INSERT INTO chunk VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
  );
  const isEarly = (manifest: Manifest) => {
    const row = progress.row(manifest.rule_id);
    return row === undefined || appliedOf(row).offset < manifest.offset;
  };
  return {
    stage: (chunks) =>
      db.write("normal", () => {
        for (const chunk of chunks) stage.run(chunk.rule_id, chunk.snapshot, chunk.partition, chunk.bytes);
      }),
    publish: (manifests, floor) =>
      db.write("normal", () => {
        const answers = manifests.map((manifest) => {
          if (isEarly(manifest)) return "early";
          rows.publish(manifest);
          return "published";
        });
        // A refused manifest means changed state that is not on disk: the floor must not speak for it.
        if (floor !== null && !answers.includes("early")) {
          progress.raiseSnapshotFloor(floor.slot, floor.offset);
        }
        return answers;
      }),
    load: prepareLoad(db),
    offset: (ruleId) =>
      db.read(() => {
        const row = progress.row(ruleId);
        return row && offsetOf(row);
      }),
    allOffsets: () => db.read(() => offsetsOf(progress.rows())),
    remove: (ruleId) => db.write("normal", () => rows.remove(ruleId)),
  };
}

export function createSnapshotRows(db: Connection, progress: Progress): SnapshotRows {
  const manifest = db.prepare("INSERT OR REPLACE INTO manifest VALUES (?, ?, ?, ?, ?, ?)");
  const partition = db.prepare("INSERT INTO manifest_partition VALUES (?, ?, ?)");
  const collect = db.prepare(
    `DELETE FROM chunk WHERE rule_id = ?1 AND snapshot <= ?2 AND NOT EXISTS (
       SELECT 1 FROM manifest_partition p
       WHERE p.rule_id = ?1 AND p.partition = chunk.partition AND p.snapshot = chunk.snapshot)`,
  );
  const missing = db.prepare<{ n: number }>(
    `SELECT count(*) AS n FROM manifest_partition p WHERE p.rule_id = ?1 AND NOT EXISTS (
       SELECT 1 FROM chunk c
       WHERE c.rule_id = ?1 AND c.snapshot = p.snapshot AND c.partition = p.partition)`,
  );
  const newest = db.prepare<{ snapshot: number }>("SELECT snapshot FROM manifest WHERE rule_id = ?");
  const removePartitions = db.prepare("DELETE FROM manifest_partition WHERE rule_id = ?");
  const removeManifest = db.prepare("DELETE FROM manifest WHERE rule_id = ?");
  const removeChunks = db.prepare("DELETE FROM chunk WHERE rule_id = ?");
  return {
    publish(m) {
      assert((newest.get(m.rule_id)?.snapshot ?? -1) < m.snapshot, "snapshots of a rule grow in number");
      manifest.run(m.rule_id, m.snapshot, m.offset, m.generation, m.rule_version, m.format);
      removePartitions.run(m.rule_id);
      for (const p of m.partitions) partition.run(m.rule_id, p.partition, p.snapshot);
      assert(missing.get(m.rule_id)?.n === 0, "every partition of a manifest has its chunk staged");
      collect.run(m.rule_id, m.snapshot);
    },
    remove(ruleId) {
      removePartitions.run(ruleId);
      removeManifest.run(ruleId);
      removeChunks.run(ruleId);
      progress.dropSnapshots(ruleId);
    },
  };
}

function prepareLoad(db: Connection): SnapshotStore["load"] {
  const manifest = db.prepare<ManifestRow>("SELECT * FROM manifest WHERE rule_id = ?");
  const parts = db.prepare<{ partition: number; snapshot: number; bytes: Uint8Array }>(
    `SELECT p.partition, p.snapshot, c.bytes FROM manifest_partition p JOIN chunk c
       ON c.rule_id = p.rule_id AND c.snapshot = p.snapshot AND c.partition = p.partition
     WHERE p.rule_id = ? ORDER BY p.partition`,
  );
  return (ruleId) =>
    db.read((): LoadedSnapshot | undefined => {
      const row = manifest.get(ruleId);
      if (row === undefined) return undefined;
      const { log_offset: offset, ...rest } = row;
      const chunks = parts.all(ruleId);
      return {
        ...rest,
        offset,
        partitions: chunks.map(({ partition, snapshot }) => ({ partition, snapshot })),
        chunks: new Map(chunks.map(({ partition, bytes }) => [partition, bytes])),
      };
    });
}

function offsetOf(row: ProgressRow): number | undefined {
  return snapshotOffsetOf(row, row.manifest);
}

function offsetsOf(rows: readonly ProgressRow[]): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const row of rows) {
    const offset = offsetOf(row);
    if (offset !== undefined) offsets.set(row.rule_id, offset);
  }
  return offsets;
}
