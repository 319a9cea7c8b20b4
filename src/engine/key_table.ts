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
import { FloatColumn, IntColumn } from "./number_column.ts";

export const KEY_PARTITIONS = 256;

export const NO_SLOT = -1;
/** Of a slot that no key has. */
const NO_SEQ = -1;
/** Of one key beside its characters, as measured: table entry, string header, values, links, slack. */
const KEY_BYTES = 140;

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
  /** Called before a partition changes (copy on write). */
  onChange: ((partition: number) => void) | null = null;
  /** Called before a key goes: operators let go of its slot. */
  onDrop: ((slot: number) => void) | null = null;
  readonly #partitions: (Map<string, number> | undefined)[] = [];
  #texts: string[] = [];
  #tags: string[] = [];
  readonly #seq = new FloatColumn();
  readonly #touched = new FloatColumn();
  readonly #newer = new IntColumn();
  readonly #older = new IntColumn();
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
    return this.#partitions[partitionOf(text)]?.get(text) ?? NO_SLOT;
  }

  /** Whether a key has this slot. */
  holds(slot: number): boolean {
    return this.#seq.get(slot) >= 0;
  }

  text(slot: number): string {
    return this.#texts[slot]!;
  }

  tags(slot: number): string {
    return this.#tags[slot]!;
  }

  seq(slot: number): number {
    return this.#seq.get(slot);
  }

  /** To be called before anything changes that is kept under a slot. */
  willChange(slot: number): void {
    this.onChange?.(partitionOf(this.#texts[slot]!));
  }

  /** Notes an event of a known key. */
  touch(slot: number, offset: number): void {
    this.willChange(slot);
    this.#touched.set(slot, offset);
    if (this.#newest === slot) return;
    this.#unlink(slot);
    this.#append(slot);
  }

  /** Takes in a new key. */
  add(text: string, tags: string, offset: number): number {
    this.onChange?.(partitionOf(text));
    return this.#insert({ text, tags, seq: this.nextSeq++, touched: offset });
  }

  drop(slot: number): void {
    const text = this.#texts[slot]!;
    const partition = partitionOf(text);
    this.onChange?.(partition);
    this.onDrop?.(slot);
    present(this.#partitions[partition], "the partition of a key").delete(text);
    this.#unlink(slot);
    this.#free.push(slot);
    this.#seq.set(slot, NO_SEQ);
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
  slots(partition: number): Iterable<number> {
    return this.#partitions[partition]?.values() ?? [];
  }

  sizeOf(partition: number): number {
    return this.#partitions[partition]?.size ?? 0;
  }

  entry(slot: number): KeyEntry {
    return {
      text: this.#texts[slot]!,
      tags: this.#tags[slot]!,
      seq: this.#seq.get(slot),
      touched: this.#touched.get(slot),
    };
  }

  /** Takes back a key of a snapshot. `loaded` is to be called when all are there. */
  load(entry: KeyEntry): number {
    return this.#insert(entry);
  }

  /** Puts all keys in the order in which they were last touched. */
  loaded(): void {
    const slots: number[] = [];
    for (const table of this.#partitions) if (table !== undefined) slots.push(...table.values());
    slots.sort((a, b) => this.#touched.get(a) - this.#touched.get(b) || this.seq(a) - this.seq(b));
    this.#newest = this.#oldest = NO_SLOT;
    for (const slot of slots) this.#append(slot);
  }

  #insert({ text, tags, seq, touched }: KeyEntry): number {
    const slot = this.#free.pop() ?? this.#count;
    const table = this.#partitions[partitionOf(text)] ??= new Map();
    table.set(text, slot);
    this.#texts[slot] = text;
    this.#tags[slot] = tags;
    this.#seq.set(slot, seq);
    this.#touched.set(slot, touched);
    this.#append(slot);
    this.#count++;
    this.#textBytes += textBytes(text);
    return slot;
  }

  #append(slot: number): void {
    this.#older.set(slot, this.#newest);
    this.#newer.set(slot, NO_SLOT);
    if (this.#newest === NO_SLOT) this.#oldest = slot;
    else this.#newer.set(this.#newest, slot);
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const newer = this.#newer.get(slot);
    const older = this.#older.get(slot);
    if (newer === NO_SLOT) this.#newest = older;
    else this.#older.set(newer, older);
    if (older === NO_SLOT) this.#oldest = newer;
    else this.#newer.set(older, newer);
  }
}

/** FNV-1a over the code units, folded to a byte. */
function partitionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (KEY_PARTITIONS - 1);
}

/** A text with a character beyond Latin-1 takes two bytes a unit. */
function textBytes(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return 2 * text.length;
  return text.length;
}
