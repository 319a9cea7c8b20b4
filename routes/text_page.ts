/**
 * A page of a list whose items may be large: it ends at the asked number of items or at
 * {@linkcode PAGE_BYTES_MAX}, whichever comes first, and holds at least one item.
 */
import { jsonResponse } from "./answer.ts";

export const PAGE_BYTES_MAX = 8 * 1024 * 1024;

export class TextPage {
  readonly #limit: number;
  readonly #items: string[] = [];
  #bytes = 0;
  #full = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether the page takes no more. */
  get full(): boolean {
    return this.#full;
  }

  /** How many items may be added at most. */
  get room(): number {
    return this.#limit - this.#items.length;
  }

  /** Whether an item of this size belongs on the page; the first that does not ends it. */
  takes(bytes: number): boolean {
    const fits = this.#items.length === 0 || this.#bytes + bytes <= PAGE_BYTES_MAX;
    this.#full ||= this.room === 0 || !fits;
    return !this.#full;
  }

  /** @param json the item's text, of `bytes` bytes */
  add(json: string, bytes: number): void {
    this.#items.push(json);
    this.#bytes += bytes;
    this.#full ||= this.room === 0;
  }

  respond(nextCursor: string | null): Response {
    const items = this.#items.join(",");
    return jsonResponse(`{"items":[${items}],"next_cursor":${JSON.stringify(nextCursor)}}`, 200);
  }
}
