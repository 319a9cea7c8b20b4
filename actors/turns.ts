/** Work on the same thing, one after the other; on different things side by side. */
export class Turns {
  /** The last work under way, by what it is on. */
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` after all that came before for the same `key`. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const tail = mine.then(() => {}, () => {}).finally(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return mine;
  }
}
