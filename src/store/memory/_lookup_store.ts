/** Lookup tables in memory. */
import { type LookupStore, type LookupVersion, requireNext, versionAt } from "../lookup_store.ts";
import type { MemoryLog } from "./_event_log.ts";

interface Held {
  version: LookupVersion;
  image: Uint8Array;
}

export function createLookupStore(log: MemoryLog): LookupStore {
  /** Oldest first, never empty. */
  const tables = new Map<string, Held[]>();
  const newest = (name: string) => tables.get(name)?.at(-1)?.version;
  return {
    // deno-lint-ignore require-await -- a throw must reject
    save: async (draft, image, record) => {
      requireNext(draft, newest(draft.name)?.version ?? 0);
      const from_offset = log.write([record])[0]!;
      const version = structuredClone({ ...draft, from_offset, bytes: image.byteLength });
      const held = tables.get(draft.name) ?? [];
      held.push({ version, image: image.slice() });
      tables.set(draft.name, held);
      return structuredClone(version);
    },
    list: () => {
      const versions = [...tables.keys()].sort().map((name) => newest(name)!);
      return Promise.resolve(structuredClone(versions.filter(({ deleted }) => !deleted)));
    },
    latest: (name) => Promise.resolve(structuredClone(newest(name))),
    at: (name, offset) => {
      const versions = (tables.get(name) ?? []).map(({ version }) => version);
      return Promise.resolve(structuredClone(versionAt(versions, offset)));
    },
    image: (name, version) => {
      const held = tables.get(name)?.find((one) => one.version.version === version);
      return Promise.resolve(held === undefined || held.version.deleted ? undefined : held.image.slice());
    },
    trim: (keepFrom, slice) => Promise.resolve(trim(tables.values(), keepFrom, slice)),
    bytes: () => {
      const all = [...tables.values()].flat();
      return Promise.resolve(all.reduce((sum, { version }) => sum + version.bytes, 0));
    },
  };
}

function trim(tables: Iterable<Held[]>, keepFrom: number, slice: number): number {
  let trimmed = 0;
  for (const held of tables) {
    while (trimmed < slice && held.length > 1 && held[1]!.version.from_offset < keepFrom) {
      held.shift();
      trimmed++;
    }
  }
  return trimmed;
}
