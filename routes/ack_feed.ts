/** Tells open streams that an alert was acknowledged through this process, once that is on disk. */
import type { StoredAlert } from "../src/store/effect_store.ts";

type Listener = (acked: StoredAlert) => void;

export class AckFeed {
  readonly #listeners = new Set<Listener>();

  tell(acked: StoredAlert): void {
    for (const listener of this.#listeners) listener(acked);
  }

  /** Answers how to stop. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
