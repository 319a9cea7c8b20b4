/**
 * Lookup tables as actors get them: in shared memory, so that all Workers read the same bytes. Of each table the
 * version that was wanted last is kept here; others are read from the store again.
 */
import type { Plan } from "../src/engine/plan.ts";
import { tablesOf } from "../src/engine/enrich/enrichments.ts";
import type { LookupStore } from "../src/store/lookup_store.ts";
import type { TableImage } from "./messages.ts";

interface Kept {
  version: number;
  image: Promise<SharedArrayBuffer | null>;
}

export class LookupImages {
  readonly #store: LookupStore;
  readonly #kept = new Map<string, Kept>();

  constructor(store: LookupStore) {
    this.#store = store;
  }

  /** The tables that a plan reads, as they are for a state that holds everything below `offset`. */
  at(plan: Plan, offset: number): Promise<TableImage[]> {
    return Promise.all(
      tablesOf(plan).map(async (name) => {
        const version = await this.#store.at(name, offset);
        const image = version === undefined ? null : await this.#image(name, version.version);
        return { name, image };
      }),
    );
  }

  /** A version of a table; null when it ended there. undefined: it was replaced and trimmed since. */
  async of(name: string, version: number): Promise<TableImage | undefined> {
    const image = await this.#image(name, version);
    if (image !== null) return { name, image };
    const newest = await this.#store.latest(name);
    return newest?.version === version && newest.deleted ? { name, image } : undefined;
  }

  #image(name: string, version: number): Promise<SharedArrayBuffer | null> {
    const kept = this.#kept.get(name);
    if (kept?.version === version) return kept.image;
    const image = this.#read(name, version);
    this.#kept.set(name, { version, image });
    // What could not be read is asked for anew.
    image.catch(() => this.#kept.delete(name));
    return image;
  }

  async #read(name: string, version: number): Promise<SharedArrayBuffer | null> {
    const bytes = await this.#store.image(name, version);
    if (bytes === undefined) return null;
    const shared = new SharedArrayBuffer(bytes.byteLength);
    new Uint8Array(shared).set(bytes);
    return shared;
  }
}
