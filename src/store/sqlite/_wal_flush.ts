/**
 * Waits until what was committed is on the disk, without holding up the thread: the write-ahead log is
 * flushed by the operating system's own call on another thread, while main parses and routes. One flush
 * runs at a time; those who ask meanwhile share the next one (docs/decisions/0015).
 */
import type { Clock } from "../../base/clock.ts";
import type { SyncTimes } from "./_sync_times.ts";

export interface WalFlushOptions {
  /** The write-ahead log of an open database. */
  file: string;
  clock: Clock;
  times: SyncTimes;
}

export class WalFlush {
  readonly #options: WalFlushOptions;
  readonly #file: Deno.FsFile;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(options: WalFlushOptions) {
    this.#options = options;
    this.#file = Deno.openSync(options.file, { read: true, write: true });
  }

  /** Resolves when everything committed before the call is on the disk. */
  flush(): Promise<void> {
    if (this.#running === null) return this.#running = this.#sync();
    return this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.#running = this.#sync();
    });
  }

  close(): void {
    this.#file.close();
  }

  async #sync(): Promise<void> {
    const { clock, times } = this.#options;
    const start = clock.monotonic();
    try {
      await this.#file.syncData();
    } finally {
      this.#running = null;
    }
    times.add(clock.monotonic() - start);
  }
}
