/** Names of a plan while it is compiled: each stands once, its index is what conditions hold. */
export class FieldTable {
  readonly #indexes = new Map<string, number>();

  /** In the order of their indexes. */
  get names(): readonly string[] {
    return [...this.#indexes.keys()];
  }

  /** The index of `name`, which is added when it is new. */
  indexOf(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(name, index);
    return index;
  }

  /** Of events alone, nothing is added. */
  isAdded(_name: string): boolean {
    return false;
  }
}
