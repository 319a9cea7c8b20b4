/**
 * The ring: one bounded queue in shared memory that hands every record to all workers. One writer (the
 * router, on the main thread), many readers (a cursor each). Slots name records; the bytes of batches lie
 * in an arena. Promises (INVARIANTS 11, 12):
 * - A reader that copies what it needs and then sees `intact(seq)` has read no torn byte: the writer moves
 *   `tail` past a slot before it reuses its memory, and `intact` reads `tail` by a read-modify-write.
 * - The writer never overwrites by itself what a cursor still needs: the caller asks `room` first and
 *   decides whether to wait or to give a reader up.
 * Sequence numbers are 32-bit and wrap; only their differences count.
 */
import { assert } from "../base/assert.ts";

/** batch: bytes in the arena. mark: a record without bytes (tick, rule change, events nobody reads).
 * control: the reader takes port messages up to `message` before it goes on. start: the process started. */
export const SLOT = { batch: 0, mark: 1, control: 2, start: 3 } as const;
export type SlotKind = (typeof SLOT)[keyof typeof SLOT];

export interface Slot {
  kind: SlotKind;
  /** Number of the topic, -1 when it has none. */
  topic: number;
  /** 1 when the topic starts with "_": rules without topics do not see it. */
  internal: number;
  /** control: the worker that it is for, and the number of the last port message to take first. */
  worker: number;
  message: number;
  /** Offsets [first, next) that the record covers; for control slots both are the next record's first. */
  first: number;
  next: number;
  /** ms since the epoch */
  arrival: number;
}

export interface RingSize {
  /** A power of two. */
  slots: number;
  /** A multiple of 8. A batch takes at most 1/8 of it. */
  arena: number;
}

/** The memory of a ring, as it crosses to workers. */
export interface RingMemory {
  size: RingSize;
  words: SharedArrayBuffer;
  arena: SharedArrayBuffer;
}

const HEAD = 0;
const TAIL = 1;
const HEADER_BYTES = 64;
const INTS = 8;
const DOUBLES = 4;
const SLOT_BYTES = INTS * 4 + DOUBLES * 8;

export function createRingMemory(size: RingSize): RingMemory {
  return {
    size,
    words: new SharedArrayBuffer(HEADER_BYTES + size.slots * SLOT_BYTES),
    arena: new SharedArrayBuffer(size.arena),
  };
}

/** How far `a` is ahead of `b`. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** The layout that writer and readers share. */
class Layout {
  readonly control: Int32Array;
  readonly ints: Int32Array;
  readonly doubles: Float64Array;
  readonly mask: number;

  constructor(memory: RingMemory) {
    const { slots } = memory.size;
    this.control = new Int32Array(memory.words, 0, HEADER_BYTES / 4);
    this.ints = new Int32Array(memory.words, HEADER_BYTES, slots * INTS);
    this.doubles = new Float64Array(memory.words, HEADER_BYTES + slots * INTS * 4, slots * DOUBLES);
    this.mask = slots - 1;
  }
}

export class RingWriter {
  readonly memory: RingMemory;
  readonly #layout: Layout;
  readonly #arena: Uint8Array;
  /** Where each live slot's bytes start, in an address space that only grows. */
  readonly #starts: Float64Array;
  #top = 0;

  constructor(memory: RingMemory) {
    this.memory = memory;
    this.#layout = new Layout(memory);
    this.#arena = new Uint8Array(memory.arena);
    this.#starts = new Float64Array(memory.size.slots);
  }

  /** Bytes that the largest batch may have. */
  get batchBytesMax(): number {
    return this.memory.size.arena / 8;
  }

  get head(): number {
    return Atomics.load(this.#layout.control, HEAD);
  }

  get tail(): number {
    return Atomics.load(this.#layout.control, TAIL);
  }

  /** The oldest sequence number that stays whole when a batch of `bytes` is written next. */
  tailAfter(bytes: number): number {
    const end = this.#place(bytes) + align(bytes);
    const head = this.head;
    let tail = this.tail;
    while (tail !== head && this.#starts[tail & this.#layout.mask]! < end - this.memory.size.arena) {
      tail = (tail + 1) | 0;
    }
    if (distance(head, tail) >= this.memory.size.slots) tail = (head + 1 - this.memory.size.slots) | 0;
    return tail;
  }

  /**
   * Writes one slot. Everything below `tailAfter(bytes)` is given up first: readers whose cursor lies
   * there must have been waited for or given up before.
   */
  write(slot: Slot, bytes = 0, fill?: (target: Uint8Array) => void): void {
    assert(bytes <= this.batchBytesMax, "a batch fits the ring");
    const { control, ints, doubles, mask } = this.#layout;
    const tail = this.tailAfter(bytes);
    Atomics.store(control, TAIL, tail);
    const start = this.#place(bytes);
    const at = start % this.memory.size.arena;
    if (fill !== undefined) fill(this.#arena.subarray(at, at + bytes));
    const head = this.head;
    const index = head & mask;
    this.#starts[index] = start;
    this.#top = start + align(bytes);
    ints.set([slot.kind, slot.topic, slot.internal, slot.worker, slot.message, at, bytes, 0], index * INTS);
    doubles.set([slot.first, slot.next, slot.arrival, 0], index * DOUBLES);
    Atomics.store(control, HEAD, (head + 1) | 0);
  }

  /** Start address of a piece of `bytes` that does not wrap. */
  #place(bytes: number): number {
    const { arena } = this.memory.size;
    const at = this.#top % arena;
    return at + bytes > arena ? this.#top + (arena - at) : this.#top;
  }
}

export class RingReader {
  readonly #layout: Layout;
  readonly #arena: SharedArrayBuffer;

  constructor(memory: RingMemory) {
    this.#layout = new Layout(memory);
    this.#arena = memory.arena;
  }

  get head(): number {
    return Atomics.load(this.#layout.control, HEAD);
  }

  /** Whether slot `seq` and its bytes have not been given up to the writer. A full memory barrier. */
  intact(seq: number): boolean {
    return distance(Atomics.add(this.#layout.control, TAIL, 0), seq) <= 0;
  }

  /** Reads slot `seq` into `into`. Only true once `intact(seq)` says so afterwards. */
  slot(seq: number, into: Slot): void {
    const { ints, doubles, mask } = this.#layout;
    const i = (seq & mask) * INTS;
    const d = (seq & mask) * DOUBLES;
    into.kind = ints[i]! as SlotKind;
    into.topic = ints[i + 1]!;
    into.internal = ints[i + 2]!;
    into.worker = ints[i + 3]!;
    into.message = ints[i + 4]!;
    into.first = doubles[d]!;
    into.next = doubles[d + 1]!;
    into.arrival = doubles[d + 2]!;
  }

  /** The bytes of slot `seq`, in place; null when the slot was surely overwritten meanwhile. */
  bytes(seq: number): Uint8Array | null {
    const { ints, mask } = this.#layout;
    const i = (seq & mask) * INTS;
    const [at, length] = [ints[i + 5]!, ints[i + 6]!];
    return at + length <= this.#arena.byteLength ? new Uint8Array(this.#arena, at, length) : null;
  }
}

/** A slot to read into. */
export function emptySlot(): Slot {
  return { kind: SLOT.mark, topic: -1, internal: 0, worker: -1, message: 0, first: 0, next: 0, arrival: 0 };
}

function align(bytes: number): number {
  return (bytes + 7) & ~7;
}
