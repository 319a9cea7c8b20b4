/**
 * The keys of a rule: each has a slot, under which every operator keeps what it knows of the key. Keys are
 * spread by hash over partitions, so that no table ever grows by more than a few thousand entries at once and
 * a snapshot can be written piece by piece.
 *
 * Keys stand in a list by the offset at which they were last touched. At a cap the key that has been quiet
 * longest goes first. The order is that of offsets and bytes are counted, not measured, so it is the same on
 * every replay.
 */
import { present } from "../base/assert.ts";
import { KeyIndex } from "./key_index.ts";
import { NumberTable } from "./number_table.ts";

export const KEY_PARTITIONS = 256;

export const NO_SLOT = -1;
/** Slots and sequence numbers below them fit into one double together. */
const SLOTS_MAX = 2 ** 22;
const SEQ_MAX = 2 ** 31;
/** Of a slot that no key has. */
const NO_SEQ = -1;
/** Of one key beside its characters, as measured: table entry, string header, values, links, slack. */
const KEY_BYTES = 140;

/** Fields of a slot: when its key came, and was last touched; its neighbours in the list. */
const SEQ = 0;
const TOUCHED = 1;
const NEWER = 0;
const OLDER = 1;

/** How a key is kept in a snapshot. */
export interface KeyEntry {
  text: string;
  tags: string;
  /** Keys are numbered in the order in which they came. */
  seq: number;
  /** Offset of the event that touched it last. */
  touched: number;
}

export class KeyTable {
  /** Called before what is kept under a slot changes, or a new key comes (NO_SLOT), for copies on write. */
  onChange: ((partition: number, slot: number) => void) | null = null;
  /** Called before a key goes: operators let go of its slot. */
  onDrop: ((slot: number) => void) | null = null;
  readonly #partitions: (KeyIndex | undefined)[] = [];
  readonly #texts: string[] = [];
  readonly #tags: string[] = [];
  readonly #slots = new NumberTable({ floats: 2, ints: 2 });
  #newest = NO_SLOT;
  #oldest = NO_SLOT;
  readonly #free: number[] = [];
  #count = 0;
  #textBytes = 0;
  /** The number that the next new key gets. */
  nextSeq = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return KEY_BYTES * this.#count + this.#textBytes;
  }

  /** The key quiet for longest, NO_SLOT when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The slot of a key, NO_SLOT when unknown. */
  find(text: string): number {
    const hash = hashOf(text);
    return this.#partitions[partitionOf(hash)]?.find(text, hash) ?? NO_SLOT;
  }

  /** Whether a key has this slot. */
  holds(slot: number): boolean {
    return this.#slots.float(slot, SEQ) >= 0;
  }

  text(slot: number): string {
    return this.#texts[slot]!;
  }

  tags(slot: number): string {
    return this.#tags[slot]!;
  }

  seq(slot: number): number {
    return this.#slots.float(slot, SEQ);
  }

  /** To be called before anything changes that is kept under a slot. */
  willChange(slot: number): void {
    this.onChange?.(partitionOf(hashOf(this.#texts[slot]!)), slot);
  }

  /** The slot of a key that an event at `offset` has, NO_SLOT when it is new. */
  meet(text: string, offset: number): number {
    const hash = hashOf(text);
    const partition = partitionOf(hash);
    const slot = this.#partitions[partition]?.find(text, hash) ?? NO_SLOT;
    if (slot === NO_SLOT) return NO_SLOT;
    this.onChange?.(partition, slot);
    this.#slots.setFloat(slot, TOUCHED, offset);
    if (this.#newest !== slot) {
      this.#unlink(slot);
      this.#append(slot);
    }
    return slot;
  }

  /** Takes in a new key. */
  add(text: string, tags: string, offset: number): number {
    this.onChange?.(partitionOf(hashOf(text)), NO_SLOT);
    return this.#insert({ text, tags, seq: this.nextSeq++, touched: offset });
  }

  drop(slot: number): void {
    const text = this.#texts[slot]!;
    const hash = hashOf(text);
    const partition = partitionOf(hash);
    this.onChange?.(partition, slot);
    this.onDrop?.(slot);
    present(this.#partitions[partition], "the partition of a key").delete(text, hash);
    this.#unlink(slot);
    this.#free.push(slot);
    this.#slots.setFloat(slot, SEQ, NO_SEQ);
    this.#texts[slot] = "";
    this.#count--;
    this.#textBytes -= textBytes(text);
  }

  /** Lets go of every key. */
  clear(): void {
    while (this.#oldest !== NO_SLOT) this.drop(this.#oldest);
  }

  /** Partitions that hold a key, ascending. */
  used(): number[] {
    const used: number[] = [];
    this.#partitions.forEach((table, partition) => {
      if (table !== undefined && table.size > 0) used.push(partition);
    });
    return used;
  }

  /** The slots of a partition, in the order in which it got its keys. */
  slots(partition: number): number[] {
    return bySeq(this.unordered(partition), (slot) => this.seq(slot));
  }

  /** The slots of a partition, in any order. */
  unordered(partition: number): number[] {
    return this.#partitions[partition]?.slots() ?? [];
  }

  entry(slot: number): KeyEntry {
    return {
      text: this.#texts[slot]!,
      tags: this.#tags[slot]!,
      seq: this.#slots.float(slot, SEQ),
      touched: this.#slots.float(slot, TOUCHED),
    };
  }

  /** Takes back a key of a snapshot. `loaded` is to be called when all are there. */
  load(entry: KeyEntry): number {
    return this.#insert(entry);
  }

  /** Puts all keys in the order in which they were last touched. */
  loaded(): void {
    const touched = (slot: number) => this.#slots.float(slot, TOUCHED);
    const slots: number[] = [];
    for (const table of this.#partitions) if (table !== undefined) slots.push(...table.slots());
    slots.sort((a, b) => touched(a) - touched(b) || this.seq(a) - this.seq(b));
    this.#newest = this.#oldest = NO_SLOT;
    for (const slot of slots) this.#append(slot);
  }

  #insert({ text, tags, seq, touched }: KeyEntry): number {
    const slot = this.#free.pop() ?? this.#count;
    this.#texts[slot] = text;
    const hash = hashOf(text);
    (this.#partitions[partitionOf(hash)] ??= new KeyIndex(this.#texts)).add(slot, hash);
    this.#tags[slot] = tags;
    this.#slots.open(slot);
    this.#slots.setFloat(slot, SEQ, seq);
    this.#slots.setFloat(slot, TOUCHED, touched);
    this.#append(slot);
    this.#count++;
    this.#textBytes += textBytes(text);
    return slot;
  }

  #append(slot: number): void {
    this.#slots.setInt(slot, OLDER, this.#newest);
    this.#slots.setInt(slot, NEWER, NO_SLOT);
    if (this.#newest === NO_SLOT) this.#oldest = slot;
    else this.#slots.setInt(this.#newest, NEWER, slot);
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const newer = this.#slots.int(slot, NEWER);
    const older = this.#slots.int(slot, OLDER);
    if (newer === NO_SLOT) this.#newest = older;
    else this.#slots.setInt(newer, OLDER, older);
    if (older === NO_SLOT) this.#oldest = newer;
    else this.#slots.setInt(older, NEWER, newer);
  }
}

/** Slots in the order of the sequence numbers of their keys. */
export function bySeq(slots: readonly number[], seqOf: (slot: number) => number): number[] {
  if (slots.some((slot) => slot >= SLOTS_MAX || seqOf(slot) >= SEQ_MAX)) {
    return slots.toSorted((a, b) => seqOf(a) - seqOf(b));
  }
  // As one number each they are sorted ten times as fast.
  const packed = Float64Array.from(slots, (slot) => seqOf(slot) * SLOTS_MAX + slot).sort();
  return Array.from(packed, (one) => one % SLOTS_MAX);
}

/** FNV-1a over the code units, signed. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Its four bytes in one: which partition a key is in stands in snapshots, and never changes. */
function partitionOf(hash: number): number {
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (KEY_PARTITIONS - 1);
}

/** A text with a character beyond Latin-1 takes two bytes a unit. */
function textBytes(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return 2 * text.length;
  return text.length;
}
