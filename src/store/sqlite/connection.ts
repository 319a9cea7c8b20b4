/**
 * The one connection that writes, and its transactions. Each transaction has a durability class: `full`
 * waits until the write-ahead log is on the disk, `normal` leaves that to the next full one or checkpoint,
 * or to `flush`, which waits for the disk without holding up the thread.
 * Both classes share one file and one log, so what survives a power loss is always a prefix.
 *
 * Failures: a throw inside a transaction rolls it back and changes nothing. FULL and BUSY become the store's
 * own errors. Any other failure of COMMIT is ambiguous, so the connection refuses all further work with
 * that error: the process must stop and recover from the disk.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { assert } from "../../base/assert.ts";
import type { Clock } from "../../base/clock.ts";
import { StorageBusyError, StorageFullError } from "../event_log.ts";
import { migrate } from "./_schema.ts";
import { storageError } from "./_sqlite_error.ts";
import { SyncTimes } from "./_sync_times.ts";
import { WalFlush } from "./_wal_flush.ts";

export type Durability = "full" | "normal";
export type SqlValue = null | number | string | Uint8Array;

/** A prepared statement; rows are as SQLite gives them. */
export interface Statement<Row> {
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
  run(...values: SqlValue[]): { changes: number | bigint };
}

export interface ConnectionOptions {
  file: string;
  /** `normal` makes every transaction normal. */
  durability: Durability;
  clock: Clock;
  /** Called once nothing more could be written, after the rollback. */
  onFull(): void;
}

const SYNCHRONOUS: Readonly<Record<Durability, number>> = { normal: 1, full: 2 };
const BUSY_MS_MAX = 1000;
const CACHE_KIB = 32 * 1024;
// The maintenance worker checkpoints long before; this bounds the log when it cannot keep up.
const WAL_PAGES_MAX = 65_536;
const WAL_FILE_BYTES_KEPT = 64 * 1024 * 1024;
const PAGE_BYTES = 4096;
const PAGES_MAX = 4_294_967_294;

export class Connection {
  readonly #db: DatabaseSync;
  readonly #options: ConnectionOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #times = new SyncTimes();
  readonly #flush: WalFlush;
  #synchronous: Durability = "full";
  #broken: unknown = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#db = new DatabaseSync(options.file, { timeout: BUSY_MS_MAX });
    try {
      configure(this.#db);
      migrate(this.#db);
      this.#begin = this.#db.prepare("BEGIN IMMEDIATE");
      this.#commit = this.#db.prepare("COMMIT");
      this.#flush = new WalFlush({ file: `${options.file}-wal`, clock: options.clock, times: this.#times });
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Made once per use; `Row` is what the statement selects. */
  prepare<Row = unknown>(sql: string): Statement<Row> {
    return this.#db.prepare(sql) as unknown as Statement<Row>;
  }

  /** Runs `body` at once; what it throws rejects. */
  read<T>(body: () => T): Promise<T> {
    return new Promise((resolve) => resolve(body()));
  }

  /** Runs `body` at once in a transaction; what it throws rejects, with nothing changed. */
  write<T>(durability: Durability, body: () => T): Promise<T> {
    return this.read(() => this.transact(durability, body));
  }

  /** As {@linkcode write}, for a caller that moves its own state once the commit has returned. */
  transact<T>(durability: Durability, body: () => T): T {
    if (this.#broken !== null) throw this.#broken;
    assert(!this.#db.isTransaction, "transactions do not nest");
    let committing = false;
    try {
      this.#setSynchronous(durability);
      this.#begin.run();
      const result = body();
      committing = true;
      this.#commitTimed();
      return result;
    } catch (error) {
      throw this.#abandon(error, committing);
    }
  }

  /**
   * Resolves when everything committed so far is on the disk (at once, where no transaction waits for it).
   * A failure is ambiguous: the connection refuses all further work.
   */
  async flush(): Promise<void> {
    if (this.#options.durability === "normal") return;
    try {
      await this.#flush.flush();
    } catch (error) {
      this.#broken ??= error;
      throw error;
    }
  }

  /** Moves the log into the file as far as readers allow, without waiting for anybody. */
  checkpoint(): void {
    this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /** As {@linkcode checkpoint}, and cuts the log's file to nothing. False, at once, when others are in the way. */
  emptyLog(): boolean {
    this.#db.exec("PRAGMA busy_timeout = 0");
    try {
      const row = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      return row.busy === 0;
    } catch (cause) {
      const error = storageError(cause);
      if (error instanceof StorageBusyError) return false;
      throw error;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${BUSY_MS_MAX}`);
    }
  }

  /** Runs `body`, during which SQLite overwrites what it deletes with zeros. */
  wiping<T>(body: () => T): T {
    this.#db.exec("PRAGMA secure_delete = ON");
    try {
      return body();
    } finally {
      this.#db.exec("PRAGMA secure_delete = OFF");
    }
  }

  /** Bytes of the write-ahead log that are not in the file yet. */
  walBytes(): number {
    const row = this.#db.prepare("PRAGMA wal_checkpoint(NOOP)").get() as {
      log: number;
      checkpointed: number;
    };
    return Math.max(0, row.log - row.checkpointed) * PAGE_BYTES;
  }

  /** Bounds the size of the file; a bound below its present size holds at that. null: the disk's own. */
  limitBytes(bytes: number | null): void {
    const pages = bytes === null ? PAGES_MAX : Math.max(1, Math.floor(bytes / PAGE_BYTES));
    this.#db.exec(`PRAGMA max_page_count = ${pages}`);
  }

  /** The value of PRAGMA synchronous in force: 1 normal, 2 full. */
  synchronous(): number {
    // Prepared anew each time: this pragma is answered when it is prepared.
    return (this.#db.prepare("PRAGMA synchronous").get() as { synchronous: number }).synchronous;
  }

  syncP50(): number | null {
    return this.#times.p50();
  }

  close(): void {
    this.#flush.close();
    this.#db.close();
  }

  #setSynchronous(wanted: Durability): void {
    const value = this.#options.durability === "normal" ? "normal" : wanted;
    if (value === this.#synchronous) return;
    this.#db.exec(`PRAGMA synchronous = ${value}`);
    this.#synchronous = value;
    assert(this.synchronous() === SYNCHRONOUS[value], `PRAGMA synchronous is ${value}`);
  }

  #commitTimed(): void {
    if (this.#synchronous === "normal") {
      this.#commit.run();
      return;
    }
    const start = this.#options.clock.monotonic();
    this.#commit.run();
    this.#times.add(this.#options.clock.monotonic() - start);
  }

  #abandon(cause: unknown, committing: boolean): unknown {
    const error = storageError(cause);
    if (committing && error === cause) this.#broken = error;
    try {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    } catch (failure) {
      this.#broken = new AggregateError([error, failure], "Cannot roll back: the store must be reopened");
    }
    if (error instanceof StorageFullError) this.#options.onFull();
    return this.#broken ?? error;
  }
}

function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${WAL_PAGES_MAX};
    PRAGMA journal_size_limit = ${WAL_FILE_BYTES_KEPT};
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA temp_store = MEMORY;
  `);
  const mode = db.prepare("PRAGMA journal_mode").get() as { journal_mode: string };
  assert(mode.journal_mode === "wal", "the file system supports a write-ahead log");
}
