/**
 * Snapshots of actor state. A snapshot is a set of partitions; a partition that did not change keeps
 * pointing at the bytes of an earlier snapshot. Chunks are staged first; one manifest transaction
 * publishes them. Order on disk: snapshot <= applied <= head of the log (INVARIANTS 2): `publish` refuses
 * a manifest whose offset is beyond what the rule has durably applied.
 */

export interface SnapshotChunk {
  rule_id: string;
  snapshot: number;
  partition: number;
  bytes: Uint8Array;
}

export interface Manifest {
  rule_id: string;
  snapshot: number;
  /** State holds the effect of every record below this offset. */
  offset: number;
  generation: number;
  rule_version: number;
  /** Version of the state's binary form. */
  format: number;
  /** For each partition, the snapshot whose chunk holds it. */
  partitions: readonly { partition: number; snapshot: number }[];
}

export interface LoadedSnapshot extends Manifest {
  chunks: ReadonlyMap<number, Uint8Array>;
}

export interface SnapshotStore {
  /** Stages chunks; they count for nothing until published. */
  stage(chunks: readonly SnapshotChunk[]): Promise<void>;
  /**
   * Publishes manifests and moves the floor of a worker slot, in one transaction: rules of that slot with
   * an older manifest (or none) did not change since it and are good up to `floor.offset` as well.
   * Chunks that no manifest names any more are deleted. A manifest beyond `applied` is refused: "early".
   */
  publish(
    manifests: readonly Manifest[],
    floor: { slot: number; offset: number } | null,
  ): Promise<("published" | "early")[]>;
  /** The newest snapshot with its chunks; undefined when there is none. */
  load(ruleId: string): Promise<LoadedSnapshot | undefined>;
  /** Where replay of the rule starts: the larger of its manifest's offset and its slot's floor; undefined: never snapshotted nor floored. */
  offset(ruleId: string): Promise<number | undefined>;
  allOffsets(): Promise<Map<string, number>>;
  remove(ruleId: string): Promise<void>;
}
