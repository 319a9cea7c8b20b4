/** Cooldown: when each key alerted last. Runs on event time (SEMANTICS 12). */
import { FloatColumn } from "./number_column.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

const SLOT_BYTES = 8;

export class Cooldown {
  /** ms; -Infinity when the key has not alerted. */
  readonly #last = new FloatColumn();
  #slots = 0;

  get bytes(): number {
    return this.#slots * SLOT_BYTES;
  }

  open(slot: number): void {
    this.#last.set(slot, -Infinity);
    this.#slots++;
  }

  close(_slot: number): void {
    this.#slots--;
  }

  last(slot: number): number {
    return this.#last.get(slot);
  }

  start(slot: number, time: number): void {
    this.#last.set(slot, time);
  }

  write(slot: number, out: ByteWriter): void {
    out.f64(this.last(slot));
  }

  read(slot: number, input: ByteReader): void {
    this.start(slot, input.f64());
  }
}
