/**
 * Documents by name in memory: those that were saved, and the product's own where none was saved under their
 * name. Deliveries and the check of rules need them at once; they change by hand. Writes go to the store first.
 */
import type { NamedVersion, NamedVersions } from "../src/store/named_versions.ts";

export class NamedCache<T extends NamedVersion> implements NamedVersions<T> {
  readonly #store: NamedVersions<T>;
  readonly #defaults: readonly T[];
  #documents: ReadonlyMap<string, T> = new Map();

  private constructor(store: NamedVersions<T>, defaults: readonly T[]) {
    this.#store = store;
    this.#defaults = defaults;
  }

  /** @param defaults what comes with the product, as version 0 */
  static async open<T extends NamedVersion>(
    store: NamedVersions<T>,
    defaults: readonly T[],
  ): Promise<NamedCache<T>> {
    const cache = new NamedCache(store, defaults);
    await cache.#refresh();
    return cache;
  }

  /** The newest version; the same object as long as nobody saves another. */
  get(name: string): T | undefined {
    return this.#documents.get(name);
  }

  all(): Iterable<T> {
    return this.#documents.values();
  }

  names(): string[] {
    return [...this.#documents.keys()];
  }

  async save(document: T): Promise<void> {
    await this.#store.save(document);
    await this.#refresh();
  }

  async delete(name: string): Promise<boolean> {
    const deleted = await this.#store.delete(name);
    await this.#refresh();
    return deleted;
  }

  /** By name. */
  list(): Promise<T[]> {
    return Promise.resolve([...this.#documents.values()]);
  }

  async versions(name: string): Promise<T[]> {
    const own = this.#defaults.filter((document) => document.name === name);
    return [...own, ...await this.#store.versions(name)];
  }

  async #refresh(): Promise<void> {
    const saved = await this.#store.list();
    const all = [...this.#defaults, ...saved].map((document) => [document.name, document] as const);
    const sorted = [...new Map(all).values()].sort((a, b) => a.name < b.name ? -1 : 1);
    this.#documents = new Map(sorted.map((document) => [document.name, this.#known(document)]));
  }

  /** The object of before where nothing changed: what was compiled for it is found by it. */
  #known(document: T): T {
    const known = this.#documents.get(document.name);
    return known?.version === document.version && known.updated_at === document.updated_at ? known : document;
  }
}
