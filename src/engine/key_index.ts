/**
 * Finds the slots of keys: one partition of a {@linkcode KeyTable}. Open addressing with linear probing over
 * pairs of hash and slot in one typed array, so that a key is found, or known to be new, at one place in memory
 * and its text is compared only where the hash is the same. With a million keys a Map takes twice as long,
 * since it looks at the text of every key on its way, and more memory.
 *
 * The hash is not secret. Keys that find no place within PROBES_MAX steps, as keys chosen for their hash do,
 * stand in a Map: they cost no more than 32 steps and a look into it.
 */
const PROBES_MAX = 32;
const CELLS_FIRST = 16;
const PAIR = 2;
/** In place of a slot: no key has stood there, or one has and a search goes on behind it. */
const FREE = 0;
const LEFT = -1;
/** 2^32 divided by the golden ratio: spreads hashes over their upper bits (Knuth, volume 3, 6.4). */
const SPREAD = 0x9e3779b1;

export class KeyIndex {
  /** Texts of all slots, whoever holds them. */
  readonly #texts: readonly string[];
  /** Pairs of a hash and a slot plus one, FREE or LEFT. */
  #cells = new Int32Array(PAIR * CELLS_FIRST);
  /** 32 less the binary logarithm of the number of cells. */
  #shift = 28;
  /** Keys in cells. */
  #filled = 0;
  /** Cells that are not free: with a key, or left by one. */
  #used = 0;
  #crowded: Map<string, { slot: number; hash: number }> | null = null;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  get size(): number {
    return this.#filled + (this.#crowded?.size ?? 0);
  }

  /** The slot of a key, -1 when it is not here. `hash`: 32 bits of its text, signed. */
  find(text: string, hash: number): number {
    const cells = this.#cells;
    const mask = cells.length / PAIR - 1;
    let cell = this.#home(hash);
    for (let probes = 0; probes < PROBES_MAX; probes++, cell = (cell + 1) & mask) {
      const held = cells[PAIR * cell + 1]!;
      if (held === FREE) break;
      if (cells[PAIR * cell] === hash && this.#texts[held - 1] === text) return held - 1;
    }
    return this.#crowded?.get(text)?.slot ?? -1;
  }

  /** Takes in a key that is not here; its text stands at its slot already. */
  add(slot: number, hash: number): void {
    // Three quarters full: a step more for most, and half the memory of a table with more room.
    if (4 * (this.#used + 1) > 3 * (this.#cells.length / PAIR)) this.#renew();
    this.#place(slot, hash);
  }

  /** Takes out a key that is here. */
  delete(text: string, hash: number): void {
    if (this.#crowded?.delete(text)) return;
    const cells = this.#cells;
    const mask = cells.length / PAIR - 1;
    let cell = this.#home(hash);
    while (cells[PAIR * cell] !== hash || this.#texts[cells[PAIR * cell + 1]! - 1] !== text) {
      cell = (cell + 1) & mask;
    }
    const last = cells[PAIR * ((cell + 1) & mask) + 1] === FREE;
    cells[PAIR * cell + 1] = last ? FREE : LEFT;
    this.#filled--;
    if (last) this.#used--;
  }

  /** All slots, in no order. */
  slots(): number[] {
    const slots = [...this.#crowded?.values() ?? []].map(({ slot }) => slot);
    for (let at = 1; at < this.#cells.length; at += PAIR) {
      if (this.#cells[at]! > 0) slots.push(this.#cells[at]! - 1);
    }
    return slots;
  }

  #home(hash: number): number {
    return Math.imul(hash, SPREAD) >>> this.#shift;
  }

  #place(slot: number, hash: number): void {
    const cells = this.#cells;
    const mask = cells.length / PAIR - 1;
    let cell = this.#home(hash);
    for (let probes = 0; probes < PROBES_MAX; probes++, cell = (cell + 1) & mask) {
      const held = cells[PAIR * cell + 1]!;
      if (held > 0) continue;
      cells[PAIR * cell] = hash;
      cells[PAIR * cell + 1] = slot + 1;
      this.#filled++;
      if (held === FREE) this.#used++;
      return;
    }
    (this.#crowded ??= new Map()).set(this.#texts[slot]!, { slot, hash });
  }

  /** Places all keys anew: in twice as many cells when at least half of the limit are keys. */
  #renew(): void {
    const [old, crowded] = [this.#cells, this.#crowded];
    const larger = 8 * this.#filled >= 3 * (old.length / PAIR);
    this.#cells = new Int32Array(larger ? 2 * old.length : old.length);
    if (larger) this.#shift--;
    this.#crowded = null;
    this.#filled = this.#used = 0;
    for (let at = 0; at < old.length; at += PAIR) {
      if (old[at + 1]! > 0) this.#place(old[at + 1]! - 1, old[at]!);
    }
    for (const { slot, hash } of crowded?.values() ?? []) this.#place(slot, hash);
  }
}
