/**
 * Rings of numbers, one per slot: each keeps the last `max` numbers given to it, oldest first. Rings start
 * small and move to a block of twice the size as they fill, so a slot with five numbers costs 64 bytes.
 * Blocks of one size lie together in pages of about two kilobytes; a block given back is used again.
 */
import { assert, present } from "../../base/assert.ts";

/** Numbers of the smallest block. */
const BLOCK_MIN = 8;
/** Numbers of a page: 2 kB, but never less than one block. */
const PAGE = 256;
/** Block (4), size (1), head (2) and count (2). */
const SLOT_BYTES = 9;

interface Size {
  capacity: number;
  blocksPerPage: number;
  pages: Float64Array[];
  free: number[];
  /** Blocks handed out so far, free ones included. */
  made: number;
}

export class Rings {
  readonly #max: number;
  readonly #sizes: Size[] = [];
  #block = new Int32Array(0);
  /** 1 + index into sizes; 0: the ring has no block. */
  #size = new Uint8Array(0);
  #head = new Uint16Array(0);
  #count = new Uint16Array(0);
  #blockBytes = 0;

  /** @param max numbers that a ring keeps, 1 to 65,535. */
  constructor(max: number) {
    this.#max = max;
    for (let capacity = BLOCK_MIN;; capacity *= 2) {
      const size = Math.min(capacity, max);
      const blocksPerPage = Math.max(1, Math.floor(PAGE / size));
      this.#sizes.push({ capacity: size, blocksPerPage, pages: [], free: [], made: 0 });
      if (size === max) break;
    }
  }

  /** Bytes of the blocks in use, by the numbers held alone: the same after a restore. */
  get blockBytes(): number {
    return this.#blockBytes;
  }

  static readonly slotBytes = SLOT_BYTES;

  count(slot: number): number {
    return this.#count[slot] ?? 0;
  }

  push(slot: number, value: number): void {
    this.#reach(slot);
    const count = this.#count[slot]!;
    if (this.#size[slot] === 0 || (count === this.#capacity(slot) && count < this.#max)) this.#grow(slot);
    const { page, start, capacity } = this.#place(slot);
    const head = this.#head[slot]!;
    const at = head + count;
    page[start + (at >= capacity ? at - capacity : at)] = value;
    if (count < capacity) this.#count[slot] = count + 1;
    else this.#head[slot] = head + 1 === capacity ? 0 : head + 1;
  }

  /** Copies the newest `count` numbers to `out`, oldest first, from `at` on. */
  copy(slot: number, out: Float64Array, { at, count }: { at: number; count: number }): void {
    if (count === 0) return;
    const { page, start, capacity } = this.#place(slot);
    const first = (this.#head[slot]! + this.#count[slot]! - count) % capacity;
    const straight = Math.min(count, capacity - first);
    out.set(page.subarray(start + first, start + first + straight), at);
    if (straight < count) out.set(page.subarray(start, start + count - straight), at + straight);
  }

  clear(slot: number): void {
    if (this.#size[slot] === undefined || this.#size[slot] === 0) return;
    this.#giveBack(slot);
    this.#size[slot] = 0;
    this.#head[slot] = 0;
    this.#count[slot] = 0;
  }

  #capacity(slot: number): number {
    return this.#sizeOf(slot).capacity;
  }

  #sizeOf(slot: number): Size {
    return present(this.#sizes[this.#size[slot]! - 1], "the block of a ring");
  }

  #place(slot: number): { page: Float64Array; start: number; capacity: number } {
    return placeOf(this.#sizeOf(slot), this.#block[slot]!);
  }

  #grow(slot: number): void {
    const larger = present(this.#sizes[this.#size[slot]!], "a larger block");
    const block = take(larger);
    this.#blockBytes += 8 * larger.capacity;
    const count = this.#count[slot]!;
    if (count > 0) {
      const { page, start } = placeOf(larger, block);
      this.copy(slot, page, { at: start, count });
      this.#giveBack(slot);
    }
    this.#block[slot] = block;
    this.#size[slot] = this.#size[slot]! + 1;
    this.#head[slot] = 0;
  }

  #giveBack(slot: number): void {
    const size = this.#sizeOf(slot);
    size.free.push(this.#block[slot]!);
    this.#blockBytes -= 8 * size.capacity;
  }

  #reach(slot: number): void {
    assert(Number.isInteger(slot) && slot >= 0, "a slot is a small integer");
    if (slot < this.#size.length) return;
    const length = Math.max(slot + 1, 2 * this.#size.length, 16);
    const grown = <T extends Int32Array | Uint16Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#block = grown(new Int32Array(length), this.#block);
    this.#size = grown(new Uint8Array(length), this.#size);
    this.#head = grown(new Uint16Array(length), this.#head);
    this.#count = grown(new Uint16Array(length), this.#count);
  }
}

function take(size: Size): number {
  const freed = size.free.pop();
  if (freed !== undefined) return freed;
  const block = size.made++;
  if (block % size.blocksPerPage === 0) size.pages.push(new Float64Array(size.blocksPerPage * size.capacity));
  return block;
}

function placeOf(size: Size, block: number): { page: Float64Array; start: number; capacity: number } {
  const page = present(size.pages[Math.floor(block / size.blocksPerPage)], "the page of a block");
  return { page, start: block % size.blocksPerPage * size.capacity, capacity: size.capacity };
}
