/**
 * A partition of keys as it was when this was made, while the keys go on: each is put aside, in its binary form,
 * before it changes or goes. Keys that come later are not part of it.
 */
import { bySeq, NO_SLOT } from "./key_table.ts";
import type { RuleState } from "./rule_state.ts";
import { ByteWriter } from "./state_bytes.ts";
import { writeKey, writePartition } from "./state_codec.ts";

/** A key that was put aside: its number, and where its bytes stand. */
interface Kept {
  seq: number;
  from: number;
  to: number;
}

export class PartitionCopy {
  readonly #state: RuleState;
  /** The slots that had a key. One of them may have another by now: the first was put aside before. */
  readonly #slots: readonly number[];
  readonly #kept = new Map<number, Kept>();
  readonly #bytes = new ByteWriter();

  constructor(state: RuleState, partition: number) {
    this.#state = state;
    this.#slots = state.keys.unordered(partition);
  }

  /** To be called before what is kept under a slot changes. */
  keep(slot: number): void {
    if (slot === NO_SLOT || this.#kept.has(slot)) return;
    const from = this.#bytes.length;
    writeKey(this.#state, slot, this.#bytes);
    this.#kept.set(slot, { seq: this.#state.keys.seq(slot), from, to: this.#bytes.length });
  }

  /** Its binary form, keys in the order in which they came. */
  write(): Uint8Array {
    const { keys } = this.#state;
    const slots = bySeq(this.#slots, (slot) => this.#kept.get(slot)?.seq ?? keys.seq(slot));
    return writePartition(slots.length, (out) => {
      for (const slot of slots) {
        const kept = this.#kept.get(slot);
        if (kept === undefined) writeKey(this.#state, slot, out);
        else out.raw(this.#bytes.part(kept.from, kept.to));
      }
    });
  }
}
