/**
 * The offsets of the events that a row (a pane, a session, one event) stands for: the first 10 and the last
 * 90, as an alert shows them (SEMANTICS 23).
 *
 * Most rows hold one or two, which stand in the row itself; what follows stands in blocks of 8 in one pool, a line
 * of the cache each, so that a row of many costs memory that has gone cold once for 8 events. The first block ends
 * the first 10; the 12 behind it become a ring when they are full. A row that is released gives its blocks
 * back as the chain that they form, whatever its length.
 */
import { FloatColumn, IntColumn } from "./number_column.ts";
import { NumberTable } from "./number_table.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

export const EVIDENCE_FIRST = 10;
export const EVIDENCE_LAST = 90;
const HELD = EVIDENCE_FIRST + EVIDENCE_LAST;
const NONE = -1;
/** Offsets in the row itself. */
const INLINE = 2;
const BLOCK = 8;
const BLOCK_BYTES = BLOCK * 8 + 4;
const RING_BLOCKS = 12;
const RING = RING_BLOCKS * BLOCK;
export const EVIDENCE_ROW_BYTES = 40;

/** Doubles of a row: how many events were added; behind it, the offsets in the row. */
const COUNT = 0;
const INLINED = 1;
/** Integers of a row: its first block, the block written last, and how many offsets were written here. */
const FIRST = 0;
const CURRENT = 1;
/** Less a multiple of the ring, once the ring went round. */
const WRITTEN = 2;
/** As many as are written where the ring is about to go round. */
const FULL = EVIDENCE_FIRST + RING;

export class EvidenceLists {
  readonly #rows = new NumberTable({ floats: 1 + INLINE, ints: 3 });
  readonly #offsets = new FloatColumn();
  readonly #next = new IntColumn();
  /** Blocks in use or given back, the first of those given back, and how many are in use. */
  #blocks = 0;
  #free = NONE;
  #used = 0;

  get bytes(): number {
    return this.#used * BLOCK_BYTES;
  }

  /** Makes the list of a row empty. It must hold nothing before: a new row, or one that was released. */
  open(row: number): void {
    this.#rows.open(row);
    this.#rows.setInt(row, WRITTEN, 0);
    this.#rows.setFloat(row, COUNT, 0);
  }

  release(row: number): void {
    const written = this.#rows.int(row, WRITTEN);
    if (written > INLINE) this.#giveBack(row, Math.min(written, FULL));
    this.open(row);
  }

  /** How many events were added. */
  count(row: number): number {
    return this.#rows.float(row, COUNT);
  }

  add(row: number, offset: number): void {
    this.#rows.setFloat(row, COUNT, this.#rows.float(row, COUNT) + 1);
    const written = this.#rows.int(row, WRITTEN);
    this.#rows.setInt(row, WRITTEN, written === FULL + RING - 1 ? FULL : written + 1);
    if (written < INLINE) this.#rows.setFloat(row, INLINED + written, offset);
    else this.#offsets.set(this.#slotFor(row, written - INLINE), offset);
  }

  /** The offsets held, in the order in which they were added. */
  offsets(row: number): number[] {
    const written = this.#rows.int(row, WRITTEN);
    const offsets: number[] = [];
    for (let i = 0; i < Math.min(written, INLINE); i++) offsets.push(this.#rows.float(row, INLINED + i));
    if (written <= INLINE) return offsets;
    let block = this.#rows.int(row, FIRST);
    this.#take(block, { from: 0, to: Math.min(written - INLINE, BLOCK) }, offsets);
    if (written <= EVIDENCE_FIRST) return offsets;
    const ring: number[] = [];
    const inRing = written - EVIDENCE_FIRST;
    const last = inRing % BLOCK || BLOCK;
    const current = this.#rows.int(row, CURRENT);
    if (written > FULL) {
      this.#take(current, { from: last, to: BLOCK }, ring);
      block = current;
    }
    for (block = this.#next.get(block); block !== current; block = this.#next.get(block)) {
      this.#take(block, { from: 0, to: BLOCK }, ring);
    }
    this.#take(current, { from: 0, to: last }, ring);
    return offsets.concat(ring.slice(-EVIDENCE_LAST));
  }

  /** What `from` holds belongs to `into` as well, in the order of the log. */
  absorb(into: number, from: number): void {
    const count = this.count(into) + this.count(from);
    const all = [...this.offsets(into), ...this.offsets(from)].sort((a, b) => a - b);
    this.release(into);
    for (const offset of firstAndLast(all)) this.add(into, offset);
    this.#rows.setFloat(into, COUNT, count);
  }

  write(row: number, out: ByteWriter): void {
    const offsets = this.offsets(row);
    out.f64(this.count(row));
    out.u32(offsets.length);
    for (const offset of offsets) out.f64(offset);
  }

  read(row: number, input: ByteReader): void {
    const count = input.f64();
    this.open(row);
    for (let held = input.u32(); held > 0; held--) this.add(row, input.f64());
    this.#rows.setFloat(row, COUNT, count);
  }

  /** The place of the offset that is the `i`th in the blocks of a row, or would be if the ring had no end. */
  #slotFor(row: number, i: number): number {
    const within = i % BLOCK;
    if (within > 0) return this.#rows.int(row, CURRENT) * BLOCK + within;
    const block = i < BLOCK + RING ? this.#append(row, i) : this.#next.get(this.#rows.int(row, CURRENT));
    this.#rows.setInt(row, CURRENT, block);
    return block * BLOCK;
  }

  /** A block of its own for the `i`th offset; the last of the ring leads to its first. */
  #append(row: number, i: number): number {
    const block = this.#newBlock();
    if (i === 0) this.#rows.setInt(row, FIRST, block);
    else this.#next.set(this.#rows.int(row, CURRENT), block);
    if (i === RING) this.#next.set(block, this.#next.get(this.#rows.int(row, FIRST)));
    return block;
  }

  #newBlock(): number {
    this.#used++;
    if (this.#free === NONE) return this.#blocks++;
    const block = this.#free;
    this.#free = this.#next.get(block);
    return block;
  }

  #giveBack(row: number, written: number): void {
    const first = this.#rows.int(row, FIRST);
    const current = this.#rows.int(row, CURRENT);
    const blocks = Math.ceil((written - INLINE) / BLOCK);
    if (blocks === 1 + RING_BLOCKS) this.#next.set(first, this.#next.get(current));
    this.#next.set(current, this.#free);
    this.#free = first;
    this.#used -= blocks;
  }

  #take(block: number, { from, to }: { from: number; to: number }, into: number[]): void {
    for (let i = from; i < to; i++) into.push(this.#offsets.get(block * BLOCK + i));
  }
}

/** The first 10 and the last 90 of a list. */
export function firstAndLast<T>(list: readonly T[]): T[] {
  return endsOf(list.length, (i) => list[i]!);
}

/** The first 10 and the last 90 of `length` things, which `at` gives by their place. */
export function endsOf<T>(length: number, at: (i: number) => T): T[] {
  const gap = Math.max(0, length - HELD);
  return Array.from({ length: length - gap }, (_, i) => at(i < EVIDENCE_FIRST ? i : i + gap));
}
