/**
 * What the rules of one worker share while they read one batch: outcomes of tests that several of them
 * ask of all rows, outcomes of text tests per dictionary code, and scratch memory. Reset for each batch;
 * nothing here is state, and nothing of it outlives the read phase.
 */
import { BATCH_ROWS_MAX, type BatchView } from "../batch/batch.ts";
import type { TimeLine } from "./gather.ts";

/** Keys remembered before all are forgotten: rules that came and went leave theirs behind. */
const KEYS_MAX = 8192;

interface Outcome {
  turn: number;
  /** How many rules asked in this batch and in the one before it. */
  asked: number;
  askedBefore: number;
  rows: Uint16Array | null;
  count: number;
}

interface Memo {
  turn: number;
  known: Uint8Array;
}

export class SharedTests {
  #turn = 0;
  #view: BatchView | null = null;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #memos = new Map<string, Memo>();
  readonly #timeLines = new Map<number, TimeLine>();
  readonly #vectors: Uint16Array[] = [];
  #vectorsOut = 0;
  readonly #marks: Uint8Array[] = [];
  #marksOut = 0;

  /** To be called before the first rule reads `view`. */
  begin(view: BatchView): void {
    this.#turn++;
    this.#view = view;
    this.#timeLines.clear();
    if (this.#outcomes.size > KEYS_MAX) this.#outcomes.clear();
    if (this.#memos.size > KEYS_MAX) this.#memos.clear();
  }

  /** Whether what is kept belongs to `view`. */
  serves(view: BatchView): boolean {
    return this.#view === view;
  }

  /** To be called when the batch is done: lets go of it. */
  end(): void {
    this.#view = null;
  }

  /** How the times of an extractor move event time, when that is known. */
  timeLine(time: number): TimeLine | undefined {
    return this.#timeLines.get(time);
  }

  keepTimeLine(time: number, line: TimeLine): void {
    this.#timeLines.set(time, line);
  }

  /** Copies the rows that pass test `key` to `target` when that is known; else answers -1. */
  recall(key: string, target: Uint16Array): number {
    const outcome = this.#outcome(key);
    outcome.asked++;
    if (outcome.rows === null || outcome.count < 0) return -1;
    target.set(outcome.rows.subarray(0, outcome.count));
    return outcome.count;
  }

  /** Keeps the rows that pass test `key`, when more than one rule asks for it. */
  keep(key: string, rows: Uint16Array, count: number): void {
    const outcome = this.#outcome(key);
    if (outcome.asked < 2 && outcome.askedBefore < 2) return;
    outcome.rows ??= new Uint16Array(BATCH_ROWS_MAX);
    outcome.rows.set(rows.subarray(0, count));
    outcome.count = count;
  }

  /** Known outcomes of a text test by dictionary code; 0 = not known yet. */
  memo(key: string, size: number): Uint8Array {
    let memo = this.#memos.get(key);
    if (memo === undefined) this.#memos.set(key, memo = { turn: 0, known: new Uint8Array(0) });
    if (memo.turn === this.#turn) return memo.known;
    memo.turn = this.#turn;
    if (memo.known.length < size) memo.known = new Uint8Array(Math.ceil(size * 1.25));
    else memo.known.fill(0, 0, size);
    return memo.known;
  }

  /** Takes back all scratch memory. To be called before a rule reads. */
  reclaim(): void {
    this.#vectorsOut = 0;
    this.#marksOut = 0;
  }

  /** A vector of BATCH_ROWS_MAX rows with any content; given back in reverse order. */
  borrowVector(): Uint16Array {
    return this.#vectors[this.#vectorsOut++] ??= new Uint16Array(BATCH_ROWS_MAX);
  }

  returnVector(): void {
    this.#vectorsOut--;
  }

  /** A mark per row, all 0; given back in reverse order. */
  borrowMarks(): Uint8Array {
    const marks = this.#marks[this.#marksOut++] ??= new Uint8Array(BATCH_ROWS_MAX);
    return marks.fill(0);
  }

  returnMarks(): void {
    this.#marksOut--;
  }

  #outcome(key: string): Outcome {
    let outcome = this.#outcomes.get(key);
    if (outcome === undefined) {
      outcome = { turn: this.#turn, asked: 0, askedBefore: 0, rows: null, count: -1 };
      this.#outcomes.set(key, outcome);
    } else if (outcome.turn !== this.#turn) {
      outcome.askedBefore = outcome.turn === this.#turn - 1 ? outcome.asked : 0;
      outcome.turn = this.#turn;
      outcome.asked = 0;
      outcome.count = -1;
    }
    return outcome;
  }
}
