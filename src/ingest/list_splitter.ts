/**
 * Finds the elements of a JSON list in a stream of blocks, without understanding them: it counts brackets
 * outside of strings. That is enough, since each element is parsed afterwards: a list is JSON exactly when
 * every piece between its commas is.
 */

/** How a list is wrong outside of its elements. */
export type ListFlaw = "not_a_list" | "text_after_list";

// Classes of bytes.
const OTHER = 0;
const QUOTE = 1;
const OPEN = 2;
const CLOSE = 3;
const COMMA = 4;
const BLANK = 5;
const CLASS = new Uint8Array(256);
for (
  const [bytes, kind] of [['"', QUOTE], ["[{", OPEN], ["]}", CLOSE], [",", COMMA], [
    " \t\r\n",
    BLANK,
  ]] as const
) {
  for (const byte of bytes) CLASS[byte.charCodeAt(0)] = kind;
}

const BACKSLASH = 92;
const LIST_OPEN = 91;
const LIST_CLOSE = 93;

export class ListSplitter {
  flaw: ListFlaw | null = null;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #ended = false;
  #pieces = 0;
  #blank = true;

  /** The list is closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Where pieces end in `block`: positions of commas of the list and of its closing bracket. `start` is
   * where the first piece (or the rest of one from an earlier block) begins.
   */
  push(block: Uint8Array): { start: number; ends: number[] } {
    const ends: number[] = [];
    const start = this.#depth === 0 ? this.#enter(block) : 0;
    let i = start;
    while (i < block.length && this.flaw === null && !this.#ended) {
      i = this.#inString ? this.#skipString(block, i) : this.#toString(block, i, ends);
    }
    if (this.#ended) this.#tail(block, i);
    return { start, ends };
  }

  #enter(block: Uint8Array): number {
    if (this.#ended) return 0;
    let i = 0;
    while (i < block.length && CLASS[block[i]!] === BLANK) i++;
    if (i === block.length) return i;
    if (block[i] !== LIST_OPEN) this.flaw = "not_a_list";
    this.#depth = 1;
    return i + 1;
  }

  /** Reads up to the start of a string or the end of the list; answers where to go on. */
  #toString(block: Uint8Array, from: number, ends: number[]): number {
    let depth = this.#depth;
    let i = from;
    while (i < block.length && depth > 0 && !this.#inString) {
      const kind = CLASS[block[i]!]!;
      if (kind === OTHER) this.#blank = false;
      else if (kind === QUOTE) this.#inString = true;
      else if (kind === OPEN) depth++;
      else if (kind === CLOSE) depth--;
      else if (kind === COMMA && depth === 1) this.#cut(i, ends);
      if (kind === QUOTE || kind === OPEN) this.#blank = false;
      i++;
    }
    this.#depth = depth;
    if (depth === 0) this.#close(block[i - 1]!, i - 1, ends);
    return i;
  }

  #close(byte: number, i: number, ends: number[]): void {
    if (byte !== LIST_CLOSE) this.flaw = "not_a_list";
    this.#ended = true;
    // "[]" holds no piece, "[1,]" holds an empty one.
    if (this.#pieces > 0 || !this.#blank) this.#cut(i, ends);
  }

  #cut(i: number, ends: number[]): void {
    ends.push(i);
    this.#pieces++;
    this.#blank = true;
  }

  #skipString(block: Uint8Array, from: number): number {
    let i = from;
    if (this.#escaped) {
      this.#escaped = false;
      i++;
    }
    for (; i < block.length; i++) {
      const byte = block[i]!;
      if (byte === BACKSLASH) {
        if (++i === block.length) this.#escaped = true;
      } else if (CLASS[byte] === QUOTE) {
        this.#inString = false;
        return i + 1;
      }
    }
    return block.length;
  }

  #tail(block: Uint8Array, from: number): void {
    for (let i = from; i < block.length; i++) {
      if (CLASS[block[i]!] !== BLANK) this.flaw ??= "text_after_list";
    }
  }
}
