/**
 * Rule workers: starts them, feeds them by the ring, and watches over them. A worker whose heartbeat stands
 * still loses its run token soon, so that the others go on, and is stopped when it stays so (a loop without
 * end, or a heap that ran out: with the Web Lock held no event tells).
 */
import type { Clock, Timer } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { RingSize } from "../src/batch/ring.ts";
import type { Fleet, FleetListener } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { ToHost } from "./messages.ts";
import { RingFeed } from "./ring_feed.ts";
import { RunTokens } from "./run_tokens.ts";
import { WORKER_HEAP_MB, WorkerHost } from "./worker_host.ts";

/** A worker without a heartbeat for this long is stopped. */
export const HANG_MS = 5000;
/** A worker without a heartbeat for this long loses its run token. */
export const TOKEN_REVOKE_MS = 250;
const WATCH_MS = 100;
/** A watchdog that ran later than this saw nothing: the machine, not the worker, was stuck. */
const WATCH_LATE_MS = 1000;
const BOOT_MS_MAX = 30_000;

interface Watched {
  heartbeat: number;
  /** Monotonic ms of the last change. */
  since: number;
}

export interface WorkerFleetOptions {
  clock: Clock;
  logger: Logger;
  /** Cores of the machine; one is left to the main thread. */
  cores: number;
  entry: URL;
  ring?: RingSize;
  /** Instead of HANG_MS. */
  hangMs?: number;
  /** Heap of one worker, instead of WORKER_HEAP_MB. */
  heapMb?: number;
}

export class WorkerFleet implements Fleet {
  readonly feed: RingFeed;
  listener!: FleetListener;
  readonly #options: WorkerFleetOptions;
  readonly #tokens: RunTokens;
  readonly #hosts = new Map<WorkerHost, Watched>();
  readonly #booting = new Map<Host, () => void>();
  #owners = 0;
  #timer: Timer | null = null;
  #watchedAt = 0;
  #disposed = false;

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
    this.feed = new RingFeed(options.clock, options.ring);
    this.#tokens = new RunTokens({ count: Math.max(1, options.cores - 1) });
    this.#watch();
  }

  async spawn(slot: number, floor: number): Promise<Host> {
    const { clock, entry, heapMb = WORKER_HEAP_MB } = this.#options;
    const ready = Promise.withResolvers<void>();
    const host = new WorkerHost({
      slot,
      owner: ++this.#owners,
      floor,
      ring: this.feed.memory,
      tokens: this.#tokens.memory,
      entry,
      heapMb,
      listener: (from, message) => {
        if (message.kind === "ready") this.#booting.get(from)?.();
        else this.listener.onMessage(from, message);
      },
      onDeath: (from, reason) => {
        ready.reject(new Error(`rule worker ${slot} died while starting: ${reason}`));
        this.#lost(from, reason);
      },
    });
    this.#booting.set(host, ready.resolve);
    const late = clock.after(BOOT_MS_MAX, () => ready.reject(new Error(`rule worker ${slot} did not start`)));
    try {
      await ready.promise;
    } catch (error) {
      await host.terminate();
      throw error;
    } finally {
      late.cancel();
      this.#booting.delete(host);
    }
    // Nobody is left to feed it: like any host that has ended, it takes what it is told and does nothing.
    if (this.#disposed) await host.terminate();
    else this.#hosts.set(host, { heartbeat: host.block.heartbeat, since: clock.monotonic() });
    return host;
  }

  attach(host: Host): number {
    return this.feed.attach(host as WorkerHost);
  }

  control(host: Host, messages: readonly ToHost[], at: number): Promise<boolean> {
    return this.feed.control(host as WorkerHost, (send) => messages.forEach(send), at);
  }

  async retire(host: Host): Promise<void> {
    const worker = host as WorkerHost;
    this.#hosts.delete(worker);
    this.feed.detach(worker);
    await worker.terminate();
    this.#tokens.release(worker.owner);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#disposed = true;
    for (const goOn of this.#booting.values()) goOn();
    await Promise.all([...this.#hosts.keys()].map((host) => this.retire(host)));
  }

  #watch(): void {
    const { clock } = this.#options;
    this.#watchedAt = clock.monotonic();
    this.#timer = clock.after(WATCH_MS, () => {
      const late = clock.monotonic() - this.#watchedAt > WATCH_LATE_MS;
      for (const [host, watched] of this.#hosts) this.#look(host, watched, late);
      this.#watch();
    });
  }

  #look(host: WorkerHost, watched: Watched, late: boolean): void {
    const now = this.#options.clock.monotonic();
    if (host.block.heartbeat !== watched.heartbeat || late || !this.#hasWork(host)) {
      watched.heartbeat = host.block.heartbeat;
      watched.since = now;
      return;
    }
    const still = now - watched.since;
    if (still >= TOKEN_REVOKE_MS) this.#tokens.release(host.owner);
    if (still >= (this.#options.hangMs ?? HANG_MS)) this.#lost(host, "made no progress for too long");
  }

  /** Standing still is no fault of a worker that nobody waits for. */
  #hasWork(host: WorkerHost): boolean {
    const { block, attached, leaving } = host;
    if (leaving || block.crumb.phase !== "idle" || block.sent !== block.taken) return true;
    return attached && block.cursor !== this.feed.head;
  }

  #lost(host: WorkerHost, reason: string): void {
    if (!this.#hosts.has(host)) return;
    const crumb = host.block.crumb;
    this.#options.logger.error("rule worker lost", { worker: host.slot, reason, phase: crumb.phase });
    void this.retire(host).then(() => this.listener.onLost(host, reason, crumb));
  }
}
