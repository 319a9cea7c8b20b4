/**
 * Lookup tables over SQLite. An image is staged in chunks, a short transaction each, and counts for nothing until
 * the version that names it commits together with its log record. What a process left staged when it died goes
 * with the next trim.
 */
import { type Clock, turn } from "../../base/clock.ts";
import type { NewRecord } from "../event_log.ts";
import {
  type LookupDraft,
  type LookupStore,
  type LookupVersion,
  requireNext,
  versionAt,
} from "../lookup_store.ts";
import { VersionConflictError } from "../rule_store.ts";
import type { Connection } from "./connection.ts";
import type { LogWriter } from "./_log_writer.ts";

const CHUNK_BYTES = 1024 * 1024;

interface Row {
  image: number;
  doc: string;
}

const NEWEST = "SELECT image, doc FROM lookup_version v WHERE version = (SELECT max(version) " +
  "FROM lookup_version w WHERE w.name = v.name)";

export function createLookupStore(
  db: Connection,
  { writer, clock }: { writer: LogWriter; clock: Clock },
): LookupStore {
  const images = createImages(db, clock);
  const insert = db.prepare("INSERT INTO lookup_version VALUES (?, ?, ?, ?, ?)");
  const newest = db.prepare<Row>(`${NEWEST} AND name = ?`);
  const all = db.prepare<Row>(`${NEWEST} ORDER BY name`);
  const versions = db.prepare<Row>("SELECT image, doc FROM lookup_version WHERE name = ? ORDER BY version");
  const one = db.prepare<Row>("SELECT image, doc FROM lookup_version WHERE name = ? AND version = ?");
  const latest = (name: string) => {
    const row = newest.get(name);
    return row && versionOf(row);
  };
  const commit = (draft: LookupDraft, image: { number: number; bytes: number }, record: NewRecord) => {
    requireNext(draft, latest(draft.name)?.version ?? 0);
    const written = writer.write([record], []);
    const version = { ...draft, bytes: image.bytes, from_offset: written.firsts[0]! };
    insert.run(version.name, version.version, version.from_offset, image.number, JSON.stringify(version));
    return { written, version };
  };

  return {
    save: async (draft, bytes, record) => {
      const image = await images.stage(bytes);
      try {
        return await db.read(() => {
          const staged = { number: image, bytes: bytes.byteLength };
          const { written, version } = db.transact("full", () => commit(draft, staged, record));
          writer.settle(written);
          writer.publish(written.head.next);
          return version;
        });
      } catch (error) {
        if (error instanceof VersionConflictError) await images.drop(image);
        throw error;
      }
    },
    list: () => db.read(() => all.all().map(versionOf).filter(({ deleted }) => !deleted)),
    latest: (name) => db.read(() => latest(name)),
    at: (name, offset) => db.read(() => versionAt(versions.all(name).map(versionOf), offset)),
    image: async (name, version) => {
      const row = await db.read(() => one.get(name, version));
      if (row === undefined || versionOf(row).deleted) return undefined;
      return await images.read(row.image, versionOf(row).bytes);
    },
    trim: createTrim(db),
    bytes: () => images.bytes(),
  };
}

interface Images {
  /** Answers the image's number. */
  stage(bytes: Uint8Array): Promise<number>;
  drop(image: number): Promise<void>;
  read(image: number, size: number): Promise<Uint8Array>;
  bytes(): Promise<number>;
}

function createImages(db: Connection, clock: Clock): Images {
  const insert = db.prepare("INSERT INTO lookup_chunk VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM lookup_chunk WHERE image = ?");
  const chunk = db.prepare<{ bytes: Uint8Array }>("SELECT bytes FROM lookup_chunk WHERE image = ? AND n = ?");
  const total = db.prepare<{ bytes: number }>(
    "SELECT coalesce(sum(length(bytes)), 0) AS bytes FROM lookup_chunk",
  );
  let last = lastImage(db);
  return {
    async stage(bytes) {
      const image = ++last;
      for (let n = 0; n * CHUNK_BYTES < bytes.length; n++) {
        const part = bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
        await db.write("normal", () => void insert.run(image, n, part));
        await turn(clock);
      }
      return image;
    },
    drop: (image) => db.write("normal", () => void remove.run(image)),
    async read(image, size) {
      const bytes = new Uint8Array(size);
      for (let n = 0; n * CHUNK_BYTES < size; n++) {
        const part = await db.read(() => chunk.get(image, n));
        bytes.set(part!.bytes, n * CHUNK_BYTES);
        await turn(clock);
      }
      return bytes;
    },
    bytes: () => db.read(() => total.get()!.bytes),
  };
}

function lastImage(db: Connection): number {
  const row = db.prepare<{ image: number }>(
    `SELECT max(coalesce((SELECT max(image) FROM lookup_chunk), 0),
       coalesce((SELECT max(image) FROM lookup_version), 0)) AS image`,
  ).get();
  return row!.image;
}

function createTrim(db: Connection): LookupStore["trim"] {
  /** Chunks up to here that no version names were staged by a process that is gone. */
  const opened = lastImage(db);
  const replaced = db.prepare<{ name: string; version: number; image: number }>(
    `SELECT name, version, image FROM lookup_version v WHERE EXISTS (SELECT 1 FROM lookup_version w
       WHERE w.name = v.name AND w.version > v.version AND w.from_offset < ?) ORDER BY image LIMIT ?`,
  );
  const remove = db.prepare("DELETE FROM lookup_version WHERE name = ? AND version = ?");
  const removeChunks = db.prepare("DELETE FROM lookup_chunk WHERE image = ?");
  const removeStaged = db.prepare(
    "DELETE FROM lookup_chunk WHERE image <= ? AND image NOT IN (SELECT image FROM lookup_version)",
  );
  return (keepFrom, slice) =>
    db.write("normal", () => {
      const rows = replaced.all(keepFrom, slice);
      for (const { name, version, image } of rows) {
        remove.run(name, version);
        removeChunks.run(image);
      }
      removeStaged.run(opened);
      return rows.length;
    });
}

function versionOf(row: Row): LookupVersion {
  return JSON.parse(row.doc) as LookupVersion;
}
