/**
 * A lookup table as bytes: rows by key, made once per version, kept by the store as it is and read in place by
 * every Worker from shared memory. A hash table (open addressing, linear probing, at most half full) leads from
 * a key to its row, which stands as JSON text.
 *
 *   u32: format, rows, buckets, 0
 *   u32 per bucket: row + 1, 0 where it is free
 *   u32 per row: where its key begins, where its JSON begins; then where the last one ends
 *   the texts, UTF-8
 */
import type { JsonObject } from "../base/json.ts";

const FORMAT = 1;
const HEAD_WORDS = 4;
const FIRST_BYTES = 4096;
const KEY_BYTES = 3;

export class LookupFormatError extends Error {
  override readonly name = "LookupFormatError";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Collects rows, then makes the bytes. */
export class LookupImageBuilder {
  readonly #places: number[] = [0];
  #text = new Uint8Array(FIRST_BYTES);
  #end = 0;

  get rows(): number {
    return (this.#places.length - 1) / 2;
  }

  /** Bytes of keys and rows so far. */
  get textBytes(): number {
    return this.#end;
  }

  /** Every key once. */
  add(key: string, row: JsonObject): void {
    this.#write(key);
    this.#write(JSON.stringify(row));
  }

  finish(): Uint8Array<ArrayBuffer> {
    const { rows } = this;
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * rows)));
    const words = HEAD_WORDS + buckets + this.#places.length;
    const bytes = new Uint8Array(4 * words + this.#end);
    const head = new Uint32Array(bytes.buffer, 0, words);
    head.set([FORMAT, rows, buckets, 0]);
    head.set(this.#places, HEAD_WORDS + buckets);
    bytes.set(this.#text.subarray(0, this.#end), 4 * words);
    for (let row = 0; row < rows; row++) {
      const key = this.#text.subarray(this.#places[2 * row], this.#places[2 * row + 1]);
      let bucket = hash(key, key.length) & (buckets - 1);
      while (head[HEAD_WORDS + bucket] !== 0) bucket = (bucket + 1) & (buckets - 1);
      head[HEAD_WORDS + bucket] = row + 1;
    }
    return bytes;
  }

  #write(text: string): void {
    const room = this.#end + KEY_BYTES * text.length;
    if (room > this.#text.length) {
      const larger = new Uint8Array(Math.max(2 * this.#text.length, room));
      larger.set(this.#text.subarray(0, this.#end));
      this.#text = larger;
    }
    this.#end += encoder.encodeInto(text, this.#text.subarray(this.#end)).written;
    this.#places.push(this.#end);
  }
}

/** Reads an image in place. */
export class LookupImage {
  readonly rows: number;
  readonly #buckets: Uint32Array;
  readonly #places: Uint32Array;
  readonly #text: Uint8Array;
  #key = new Uint8Array(FIRST_BYTES);

  /** @throws LookupFormatError when these are no such bytes */
  constructor(bytes: ArrayBufferLike) {
    const head = new Uint32Array(bytes, 0, Math.min(HEAD_WORDS, bytes.byteLength >> 2));
    const [format, rows, buckets] = head;
    if (format !== FORMAT) throw new LookupFormatError(`Cannot read a lookup table of format ${format}`);
    this.rows = rows!;
    this.#buckets = new Uint32Array(bytes, 4 * HEAD_WORDS, buckets);
    this.#places = new Uint32Array(bytes, 4 * (HEAD_WORDS + buckets!), 2 * rows! + 1);
    this.#text = new Uint8Array(bytes, 4 * (HEAD_WORDS + buckets! + 2 * rows! + 1));
  }

  /** The row of a key, as its number; -1 when there is none. */
  find(key: string): number {
    if (KEY_BYTES * key.length > this.#key.length) this.#key = new Uint8Array(KEY_BYTES * key.length);
    const length = encoder.encodeInto(key, this.#key).written;
    const mask = this.#buckets.length - 1;
    for (let bucket = hash(this.#key, length) & mask;; bucket = (bucket + 1) & mask) {
      const row = this.#buckets[bucket]! - 1;
      if (row < 0 || this.#isKey(row, length)) return row;
    }
  }

  /** A row's JSON text. */
  text(row: number): string {
    // A copy: what is shared cannot be decoded in place.
    return decoder.decode(this.#text.slice(this.#places[2 * row + 1], this.#places[2 * row + 2]));
  }

  #isKey(row: number, length: number): boolean {
    const from = this.#places[2 * row]!;
    if (this.#places[2 * row + 1]! - from !== length) return false;
    for (let i = 0; i < length; i++) if (this.#text[from + i] !== this.#key[i]) return false;
    return true;
  }
}

/** FNV-1a, its upper bits mixed into the lower ones. */
function hash(bytes: Uint8Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
