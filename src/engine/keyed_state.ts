/**
 * What a rule remembers per key: the time of its last alert, and how the key is shown. Keys are spread by
 * hash over partitions, so that no table ever grows by more than a few thousand entries at once and a
 * snapshot can be written piece by piece; values lie in typed arrays (some 160 bytes a key in all).
 *
 * Keys stand in a list by their last alert. At a cap, of keys or of bytes, the key that has been quiet
 * longest goes first: in a log whose times do not run backwards this is an expired key whenever there is
 * one. The order is that of offsets and bytes are counted, not measured, so it is the same on every replay.
 */
import { present } from "../base/assert.ts";

export const KEY_PARTITIONS = 256;

/** Keys taken out per key put in when a cap was lowered: the table shrinks without a pause. */
const SHRINK_MAX = 16;

const NONE = -1;
const SLOTS_FIRST = 16;
// Most rules are idle and have no keys: they share memory of no length.
const NO_DOUBLES = new Float64Array(0);
const NO_INTEGERS = new Int32Array(0);
/** Of one key beside its characters, as measured: table entry, string header, values, links, slack. */
const KEY_BYTES = 148;

/** What a state may hold; null = no cap. The newest key is held whatever it takes. */
export interface KeyCaps {
  keys: number | null;
  bytes: number | null;
}

/** How a key is kept in a snapshot. */
export interface KeyEntry {
  text: string;
  tags: string;
  /** Time of its last alert, ms. */
  last: number;
  /** Offset of the event of its last alert. */
  offset: number;
}

export class KeyedState {
  /** Called before a partition changes (copy on write). */
  onChange: ((partition: number) => void) | null = null;
  readonly #partitions: (Map<string, number> | undefined)[] = [];
  #texts: string[] = [];
  #tags: string[] = [];
  #last = NO_DOUBLES;
  #offset = NO_DOUBLES;
  #newer = NO_INTEGERS;
  #older = NO_INTEGERS;
  #newest = NONE;
  #oldest = NONE;
  readonly #free: number[] = [];
  #count = 0;
  #textBytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return KEY_BYTES * this.#count + this.#textBytes;
  }

  /** The slot of a key, -1 when unknown. A slot is good until the next `put` of another key. */
  find(text: string): number {
    return this.#partitions[partitionOf(text)]?.get(text) ?? NONE;
  }

  last(slot: number): number {
    return this.#last[slot]!;
  }

  tags(slot: number): string {
    return this.#tags[slot]!;
  }

  /** Notes an alert of a known key. */
  renew(slot: number, last: number, offset: number): void {
    this.onChange?.(partitionOf(this.#texts[slot]!));
    this.#last[slot] = last;
    this.#offset[slot] = offset;
    if (this.#newest === slot) return;
    this.#unlink(slot);
    this.#append(slot);
  }

  /** Takes in a new key. Answers how many keys had to go so that the caps are kept. */
  put(entry: KeyEntry, caps: KeyCaps): number {
    const evicted = this.#makeRoom(KEY_BYTES + textBytes(entry.text), caps);
    this.onChange?.(partitionOf(entry.text));
    this.#insert(entry);
    return evicted;
  }

  clear(): void {
    for (const partition of this.used()) this.onChange?.(partition);
    this.#partitions.length = this.#free.length = 0;
    this.#texts = [];
    this.#tags = [];
    this.#newest = this.#oldest = NONE;
    this.#count = this.#textBytes = 0;
  }

  /** Partitions that hold a key, ascending. */
  used(): number[] {
    const used: number[] = [];
    this.#partitions.forEach((table, partition) => {
      if (table !== undefined && table.size > 0) used.push(partition);
    });
    return used;
  }

  /** The keys of a partition, in the order in which it got them. */
  *entries(partition: number): Generator<KeyEntry> {
    for (const [text, slot] of this.#partitions[partition] ?? []) {
      yield { text, tags: this.#tags[slot]!, last: this.#last[slot]!, offset: this.#offset[slot]! };
    }
  }

  sizeOf(partition: number): number {
    return this.#partitions[partition]?.size ?? 0;
  }

  /** Fills an empty state. Within a partition the order of `entries` is kept. */
  load(entries: Iterable<KeyEntry>): void {
    for (const entry of entries) this.#insert(entry);
    this.#relink();
  }

  #insert({ text, tags, last, offset }: KeyEntry): void {
    const slot = this.#free.pop() ?? this.#count;
    if (slot === this.#last.length) this.#grow();
    const table = this.#partitions[partitionOf(text)] ??= new Map();
    table.set(text, slot);
    this.#texts[slot] = text;
    this.#tags[slot] = tags;
    this.#last[slot] = last;
    this.#offset[slot] = offset;
    this.#append(slot);
    this.#count++;
    this.#textBytes += textBytes(text);
  }

  /**
   * For one key of `size` bytes. Never grows past a cap: as many bytes go as come. What a cap that was
   * lowered leaves over goes little by little.
   */
  #makeRoom(size: number, caps: KeyCaps): number {
    const keysMax = Math.max(1, caps.keys ?? Infinity) - 1;
    const bytesMax = Math.max(0, (caps.bytes ?? Infinity) - size);
    const before = this.bytes;
    let evicted = 0;
    while (this.#oldest !== NONE) {
      const over = this.bytes > bytesMax;
      if (!over && this.#count <= keysMax) break;
      const grows = over && before - this.bytes < size;
      if (!grows && evicted >= SHRINK_MAX) break;
      this.#drop(this.#oldest);
      evicted++;
    }
    return evicted;
  }

  #drop(slot: number): void {
    const text = this.#texts[slot]!;
    const partition = partitionOf(text);
    this.onChange?.(partition);
    present(this.#partitions[partition], "the partition of a key").delete(text);
    this.#unlink(slot);
    this.#free.push(slot);
    this.#texts[slot] = "";
    this.#count--;
    this.#textBytes -= textBytes(text);
  }

  #append(slot: number): void {
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot]!;
    const older = this.#older[slot]!;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }

  /** Puts all keys in the order of their last alerts. */
  #relink(): void {
    const slots = new Int32Array(this.#count).map((_, i) => i);
    slots.sort((a, b) => this.#offset[a]! - this.#offset[b]!);
    this.#newest = this.#oldest = NONE;
    for (const slot of slots) this.#append(slot);
  }

  #grow(): void {
    const size = Math.max(SLOTS_FIRST, Math.ceil(this.#last.length * 1.5));
    this.#last = grown(this.#last, new Float64Array(size));
    this.#offset = grown(this.#offset, new Float64Array(size));
    this.#newer = grown(this.#newer, new Int32Array(size));
    this.#older = grown(this.#older, new Int32Array(size));
  }
}

function grown<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
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
