/**
 * A calendar of what is due when: entries of one due time lie in one list, the due times in a heap. Entries
 * are not taken back: whoever set one is asked when it is due and says whether it still stands. So a timer
 * costs next to nothing where many keys wait for the same instant, as with aligned windows.
 *
 * What is due at the same time is told in the order of the keys' sequence numbers, then of the operators
 * (SEMANTICS 22), never in the order in which it was set.
 */

/**
 * Which operator a timer belongs to; of the same key and time the smaller number goes first. A rule has windows or
 * a pattern, never both, so their timers share a number.
 */
export const TIMER = { window: 0, pattern: 0, window_end: 1, hold: 2, cooldown: 3 } as const;
export type TimerKind = (typeof TIMER)[keyof typeof TIMER];
const KINDS = 4;
/** Slots and sequence numbers below it are sorted as one number. */
const SLOTS_MAX = 2 ** 22;
const SEQ_MAX = 2 ** 29;

export class Timers {
  /** Made with the first timer: most rules have none. */
  #lists: Map<number, number[]> | null = null;
  /** A binary heap of the due times in `lists`. */
  readonly #heap: number[] = [];

  /** The earliest due time, Infinity when there is none. */
  get next(): number {
    return this.#heap[0] ?? Infinity;
  }

  set(at: number, slot: number, kind: TimerKind): void {
    const entry = slot * KINDS + kind;
    const lists = this.#lists ??= new Map();
    const list = lists.get(at);
    if (list !== undefined) {
      list.push(entry);
      return;
    }
    lists.set(at, [entry]);
    this.#push(at);
  }

  /** Takes the earliest list out; each entry once, in the order in which they are to be told. */
  take(seqOf: (slot: number) => number): { at: number; entries: ArrayLike<number> } {
    const at = this.#pop();
    const list = this.#lists!.get(at)!;
    this.#lists!.delete(at);
    return { at, entries: ordered(list, seqOf) };
  }

  clear(): void {
    this.#lists = null;
    this.#heap.length = 0;
  }

  #push(at: number): void {
    const heap = this.#heap;
    let i = heap.push(at) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]! <= at) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = at;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return top;
  }

  #sink(value: number): void {
    const heap = this.#heap;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = value;
  }
}

export function slotOf(entry: number): number {
  return Math.floor(entry / KINDS);
}

export function kindOf(entry: number): TimerKind {
  return (entry % KINDS) as TimerKind;
}

function ordered(list: readonly number[], seqOf: (slot: number) => number): ArrayLike<number> {
  if (list.length === 1 || inOrder(list, seqOf)) return list;
  const entries = Int32Array.from(list);
  const packed = packedSort(entries, seqOf);
  return packed ?? entries.sort((a, b) => seqOf(slotOf(a)) - seqOf(slotOf(b)) || a - b);
}

function inOrder(entries: readonly number[], seqOf: (slot: number) => number): boolean {
  let last = -1;
  for (const entry of entries) {
    const place = seqOf(slotOf(entry)) * KINDS + kindOf(entry);
    if (place < last) return false;
    last = place;
  }
  return true;
}

/** A million comparisons by a function take a second, of plain numbers a tenth of it. */
function packedSort(entries: Int32Array, seqOf: (slot: number) => number): Int32Array | null {
  const packed = new Float64Array(entries.length);
  for (let i = 0; i < entries.length; i++) {
    // Of a key that is gone it is -1: such an entry stays what it was, and whoever is asked lets it go.
    const seq = seqOf(slotOf(entries[i]!)) + 1;
    if (seq >= SEQ_MAX || entries[i]! >= SLOTS_MAX * KINDS) return null;
    packed[i] = seq * SLOTS_MAX * KINDS + entries[i]!;
  }
  packed.sort();
  for (let i = 0; i < entries.length; i++) entries[i] = packed[i]! % (SLOTS_MAX * KINDS);
  return entries;
}
