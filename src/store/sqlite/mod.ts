/**
 * The store over SQLite: one file, `tocsin.db`, in a data directory that belongs to one process at a time.
 * One file and one write-ahead log, so that whatever a power loss leaves is a prefix of what was written.
 *
 * Durable when the promise resolves (`full`): log, replies, rules, acks, channels, health. Written at
 * normal durability, since replay makes it again with the same ids: progress, alerts, attempts, snapshots.
 * Failures: see ./connection.ts.
 */
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logging.ts";
import type { Store, StoreSizes } from "../store.ts";
import { createAlerts } from "./_alerts.ts";
import { type Ballast, BALLAST_BYTES, createBallast } from "./_ballast.ts";
import { createChannelStore } from "./_channel_store.ts";
import { type Checkpointer, createCheckpointer } from "./_checkpointer.ts";
import { Connection, type Durability } from "./connection.ts";
import { claimDataDirectory, type DataDirectory } from "./_data_directory.ts";
import { createDeliveryBirth } from "./_delivery_birth.ts";
import { createEffectStore } from "./_effect_store.ts";
import { createEventLog } from "./_event_log.ts";
import { createExecLog } from "./_exec_log.ts";
import { createFigureStore } from "./_figure_store.ts";
import { createHealthStore } from "./_health_store.ts";
import { createLookupStore } from "./_lookup_store.ts";
import { openLogHead } from "./_log_head.ts";
import { createLogWriter } from "./_log_writer.ts";
import { createMarks, Sequence } from "./_marks.ts";
import { createOutbox } from "./_outbox.ts";
import { createProgress } from "./_progress.ts";
import { createReplies } from "./_replies.ts";
import { createRoutingStore } from "./_routing_store.ts";
import { createRuleStore } from "./_rule_store.ts";
import { createSecretStore } from "./_secret_store.ts";
import { createSnapshotRows, createSnapshotStore } from "./_snapshot_store.ts";
import { createNamedVersions } from "./_named_versions.ts";

export { DataDirectoryInUseError } from "./_data_directory.ts";

export interface SqliteStoreOptions {
  /** The data directory; made where there is none. */
  path: string;
  /** `normal`: a power loss may take the last moments back (the process may die at any time regardless). */
  durability: Durability;
  clock: Clock;
  logger: Logger;
  /** Bound of the database file; writes past it throw StorageFullError. null or absent: the disk's own. */
  bytesMax?: number | null;
  /** Space kept so that a full disk can be cleaned; 0: none. Default 32 MiB. */
  ballastBytes?: number;
}

export interface SqliteStore extends Store {
  /** Sets `bytesMax` anew. A bound below the present size of the file holds at that size. */
  limitBytes(bytes: number | null): void;
}

/**
 * Opens the store and takes its data directory.
 * @throws DataDirectoryInUseError when another process has it.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { clock, logger, durability } = options;
  const directory = await claimDataDirectory(options.path);
  const bytes = options.ballastBytes ?? BALLAST_BYTES;
  const ballast = createBallast({ file: directory.ballast, bytes, logger });
  using opened = new DisposableStack();
  opened.defer(() => directory.release());
  await ballast.fill();
  const { file } = directory;
  const db = opened.adopt(
    new Connection({ file, durability, clock, onFull: () => ballast.drop() }),
    (db) => db.close(),
  );
  db.limitBytes(options.bytesMax ?? null);
  const stores = assemble(db, { ballast, clock });
  for (const { from, to, reason } of await stores.log.gaps()) {
    logger.warn("the log has a gap: events of these offsets are lost", { from, to, reason });
  }
  return withLife(stores, {
    db,
    directory,
    ballast,
    checkpointer: createCheckpointer({ file, db }),
    opened: opened.move(),
  });
}

type Rooms = Omit<Store, "checkpoint" | "syncP50" | "sizes" | typeof Symbol.asyncDispose>;

interface Life {
  db: Connection;
  directory: DataDirectory;
  ballast: Ballast;
  checkpointer: Checkpointer;
  /** The connection, then the directory. */
  opened: DisposableStack;
}

function withLife(rooms: Rooms, { db, directory, ballast, checkpointer, opened }: Life): SqliteStore {
  let closing: Promise<void> | null = null;
  const close = async () => {
    await checkpointer.close();
    opened.dispose();
  };
  return {
    ...rooms,
    checkpoint: async (worthBytes = 0) => {
      if (db.walBytes() >= worthBytes) await checkpointer.run();
      await ballast.restore();
    },
    syncP50: () => db.syncP50(),
    sizes: async () => ({
      log_bytes: await rooms.log.bytes(),
      ...await fileSizes(directory),
      ballast_whole: ballast.whole,
    }),
    limitBytes: (bytes) => db.limitBytes(bytes),
    [Symbol.asyncDispose]: () => closing ??= close(),
  };
}

async function fileSizes({ file }: DataDirectory): Promise<Pick<StoreSizes, "file_bytes" | "wal_bytes">> {
  const [database, wal] = await Promise.all([Deno.stat(file), Deno.stat(`${file}-wal`)]);
  return { file_bytes: database.size, wal_bytes: wal.size };
}

function assemble(db: Connection, { ballast, clock }: { ballast: Ballast; clock: Clock }): Rooms {
  const marks = createMarks(db);
  const replies = createReplies(db);
  const writer = createLogWriter(db, replies, openLogHead(db, marks));
  const progress = createProgress(db, marks);
  const rows = createSnapshotRows(db, progress);
  const execs = createExecLog(db);
  const births = createDeliveryBirth(db, new Sequence(marks, "delivery_seq"));
  const alerts = createAlerts(db, new Sequence(marks, "alert_seq"));
  const routing = createRoutingStore(db, births);
  return {
    log: createEventLog(db, { writer, replies, marks, takesEvents: () => ballast.whole }),
    rules: createRuleStore(db, writer),
    lookups: createLookupStore(db, { writer, clock }),
    effects: createEffectStore(db, {
      progress,
      alerts,
      births,
      snapshots: rows,
      marks,
      inbox: routing.leave,
    }),
    snapshots: createSnapshotStore(db, { progress, rows }),
    outbox: createOutbox(db, { births, execs }),
    channels: createChannelStore(db),
    secrets: createSecretStore(db),
    routing: routing.store,
    templates: createNamedVersions(db, "template"),
    apis: createNamedVersions(db, "api_definition"),
    actionTemplates: createNamedVersions(db, "action_template"),
    health: createHealthStore(db),
    execs,
    figures: createFigureStore(db),
    keepReply: (reply) => db.write("full", () => replies.put(reply)),
    trimReplies: (before, slice) => db.write("normal", () => replies.trim(before, slice)),
  };
}
