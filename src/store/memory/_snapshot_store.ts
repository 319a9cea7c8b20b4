/** Snapshots in memory. */
import { assert } from "../../base/assert.ts";
import { appliedOf, snapshotOffsetOf } from "../floor.ts";
import type { LoadedSnapshot, Manifest, SnapshotStore } from "../snapshot_store.ts";
import type { Progress } from "./_progress.ts";

export interface MemorySnapshots extends SnapshotStore {
  /** As `remove`, at once. */
  drop(ruleId: string): void;
}

interface Rule {
  manifest: Manifest | undefined;
  /** By snapshot and partition. */
  chunks: Map<string, Uint8Array>;
}

export function createSnapshotStore(progress: Progress): MemorySnapshots {
  const rules = new Map<string, Rule>();
  const ruleOf = (ruleId: string) => {
    const rule = rules.get(ruleId) ?? { manifest: undefined, chunks: new Map() };
    rules.set(ruleId, rule);
    return rule;
  };
  const offset = (ruleId: string) => {
    const row = progress.row(ruleId);
    return row && snapshotOffsetOf(row, rules.get(ruleId)?.manifest?.offset);
  };
  const drop = (ruleId: string) => {
    rules.delete(ruleId);
    progress.dropSnapshots(ruleId);
  };
  const publish = (manifest: Manifest) => {
    const row = progress.row(manifest.rule_id);
    if (row === undefined || appliedOf(row).offset < manifest.offset) return "early";
    replace(ruleOf(manifest.rule_id), structuredClone(manifest));
    return "published";
  };

  return {
    drop,
    stage: (chunks) => {
      for (const c of chunks) ruleOf(c.rule_id).chunks.set(keyOf(c), c.bytes.slice());
      return Promise.resolve();
    },
    // deno-lint-ignore require-await -- a throw must reject
    publish: async (manifests, floor) => {
      for (const manifest of manifests) assertPublishable(ruleOf(manifest.rule_id), manifest);
      const answers = manifests.map(publish);
      // A refused manifest means changed state that is not kept: the floor must not speak for it.
      if (floor !== null && !answers.includes("early")) {
        progress.raiseFloor(floor.slot, { snapshot: floor.offset });
      }
      return answers;
    },
    load: (ruleId) => Promise.resolve(loaded(rules.get(ruleId))),
    offset: (ruleId) => Promise.resolve(offset(ruleId)),
    allOffsets: () => {
      const all = progress.ruleIds().map((ruleId) => [ruleId, offset(ruleId)] as const);
      return Promise.resolve(
        new Map(all.filter((entry): entry is [string, number] => entry[1] !== undefined)),
      );
    },
    remove: (ruleId) => Promise.resolve(drop(ruleId)),
  };
}

function assertPublishable(rule: Rule, manifest: Manifest): void {
  assert((rule.manifest?.snapshot ?? -1) < manifest.snapshot, "snapshots of a rule grow in number");
  const staged = manifest.partitions.every((p) => rule.chunks.has(keyOf(p)));
  assert(staged, "every partition of a manifest has its chunk staged");
}

function replace(rule: Rule, manifest: Manifest): void {
  rule.manifest = manifest;
  const named = new Set(manifest.partitions.map(keyOf));
  for (const key of [...rule.chunks.keys()]) {
    if (!named.has(key) && Number(key.split("/")[0]) <= manifest.snapshot) rule.chunks.delete(key);
  }
}

function loaded(rule: Rule | undefined): LoadedSnapshot | undefined {
  if (rule?.manifest === undefined) return undefined;
  const manifest = structuredClone(rule.manifest);
  const partitions = manifest.partitions.toSorted((a, b) => a.partition - b.partition);
  const chunks = partitions.map((p) => [p.partition, rule.chunks.get(keyOf(p))!.slice()] as const);
  return { ...manifest, partitions, chunks: new Map(chunks) };
}

function keyOf(chunk: { snapshot: number; partition: number }): string {
  return `${chunk.snapshot}/${chunk.partition}`;
}
