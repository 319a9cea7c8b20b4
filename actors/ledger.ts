/**
 * Counts what happens, for people who look after the server: gathered in memory and written to the store every
 * {@linkcode FLUSH_MS}. What was counted since is lost with the process. Nothing waits for it: while the disk
 * is full the figures are kept, within bounds, and written later.
 */
import type { Clock, Timer } from "../src/base/clock.ts";
import { errorClassOf } from "../src/base/error_class.ts";
import type { Logger } from "../src/base/logging.ts";
import { StorageBusyError, StorageFullError } from "../src/store/event_log.ts";
import {
  BUCKET_MS,
  type ErrorEntry,
  type Figure,
  type FigureKind,
  type FigureStore,
} from "../src/store/figure_store.ts";

export const FLUSH_MS = 2_000;
/** Names of one kind that are told apart within one bucket; what comes later is counted under "". */
export const FIGURE_NAMES_MAX = 200;
/** Errors that wait to be written; further ones are only counted. */
export const ERRORS_WAITING_MAX = 200;
export const ERROR_MESSAGE_CHARACTERS_MAX = 500;
/** How long figures are kept. */
export const FIGURES_LIFE_MS = 8 * 86_400_000;

export interface LedgerParts {
  figures: FigureStore;
  clock: Clock;
  logger: Logger;
  onFatal(error: unknown): void;
}

export class Ledger {
  readonly #p: LedgerParts;
  #counts = new Map<FigureKind, Map<string, number>>();
  /** Of the bucket at hand, also those written already. */
  readonly #names = new Map<FigureKind, Set<string>>();
  #errors: ErrorEntry[] = [];
  #bucket = 0;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #stopped = false;

  constructor(parts: LedgerParts) {
    this.#p = parts;
  }

  note(kind: FigureKind, name: string, n = 1): void {
    if (n <= 0 || this.#stopped) return;
    const bucket = Math.floor(this.#p.clock.now() / BUCKET_MS) * BUCKET_MS;
    if (bucket !== this.#bucket) this.#turn(bucket);
    const counts = this.#of(kind);
    const shown = this.#isKnown(kind, name) ? name : "";
    counts.set(shown, (counts.get(shown) ?? 0) + n);
    this.#timer ??= this.#p.clock.after(FLUSH_MS, () => void this.#flushed());
  }

  /** Counts an error and keeps it. */
  error(entry: ErrorEntry): void {
    this.note(entry.kind, entry.rule_id ?? "");
    this.note("error_class", errorClassOf(entry.message));
    if (this.#errors.length >= ERRORS_WAITING_MAX) return;
    this.#errors.push({ ...entry, message: entry.message.slice(0, ERROR_MESSAGE_CHARACTERS_MAX) });
  }

  /** Writes what is there; resolves when it is written, or is kept for later. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#timer?.cancel();
    await this.#flushed();
  }

  async stop(): Promise<void> {
    await this.flush();
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #of(kind: FigureKind): Map<string, number> {
    const known = this.#counts.get(kind);
    if (known !== undefined) return known;
    const made = new Map<string, number>();
    this.#counts.set(kind, made);
    return made;
  }

  #isKnown(kind: FigureKind, name: string): boolean {
    const names = this.#names.get(kind) ?? new Set();
    this.#names.set(kind, names);
    if (names.has(name)) return true;
    if (names.size >= FIGURE_NAMES_MAX) return false;
    names.add(name);
    return true;
  }

  /** A new bucket begins: what is open belongs to the one before. */
  #turn(bucket: number): void {
    if (this.#counts.size > 0) void this.#flushed();
    this.#bucket = bucket;
    this.#names.clear();
  }

  #flushed(): Promise<void> {
    this.#timer = null;
    const figures = this.#take();
    const errors = this.#errors;
    this.#errors = [];
    if (figures.length === 0 && errors.length === 0) return Promise.resolve();
    const before = this.#writing ?? Promise.resolve();
    const writing: Promise<void> = before.then(() => this.#write(figures, errors)).finally(() => {
      if (this.#writing === writing) this.#writing = null;
    });
    this.#writing = writing;
    return writing;
  }

  #take(): Figure[] {
    const bucket = this.#bucket;
    const figures = [...this.#counts].flatMap(([kind, counts]) =>
      [...counts].map(([name, n]): Figure => ({ kind, bucket, name, n }))
    );
    this.#counts = new Map();
    return figures;
  }

  async #write(figures: readonly Figure[], errors: readonly ErrorEntry[]): Promise<void> {
    const { figures: store, logger, onFatal } = this.#p;
    try {
      await store.add({ figures, errors });
    } catch (error) {
      if (!(error instanceof StorageFullError) && !(error instanceof StorageBusyError)) return onFatal(error);
      logger.warn("figures wait for the disk", { error });
      // They count for the bucket at hand: late is better than lost.
      for (const { kind, name, n } of figures) this.note(kind, name, n);
      this.#errors = [...errors, ...this.#errors].slice(-ERRORS_WAITING_MAX);
    }
  }
}
