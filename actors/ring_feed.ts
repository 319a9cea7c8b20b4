/**
 * The feed of rule workers: writes each record once into the ring and wakes whom it concerns. It waits for
 * workers that make progress; a worker that alone holds up the ring, while others keep pace, is given up:
 * it leaves the ring, catches up from the log and joins again (INVARIANTS 15).
 */
import { type Clock, sleep, turn } from "../src/base/clock.ts";
import type { Prepared } from "../src/batch/encoder.ts";
import { createRingMemory, distance, type RingSize, RingWriter, SLOT, type Slot } from "../src/batch/ring.ts";
import type { Feed } from "../src/ingest/feed.ts";
import type { WorkerHost } from "./worker_host.ts";

export const RING_SIZE: RingSize = { slots: 4096, arena: 16 * 1024 * 1024 };

/** How long the ring waits, in all of a window, for a worker that is slow by itself. */
export const GIVE_UP_MS = 1000;
const WINDOW_MS = 4000;
/** A worker is slow by itself while at least this part of the others keep pace. */
const KEEPING_PACE = 0.75;
/** Turns of the event loop before the wait becomes a timer. */
const TURNS = 20;

export class RingFeed implements Feed {
  readonly #clock: Clock;
  readonly #writer: RingWriter;
  readonly #hosts = new Map<number, WorkerHost>();
  #waited = new WeakMap<WorkerHost, number>();
  #windowStart = 0;

  constructor(clock: Clock, size: RingSize = RING_SIZE) {
    this.#clock = clock;
    this.#writer = new RingWriter(createRingMemory(size));
  }

  get memory() {
    return this.#writer.memory;
  }

  get batchBytesMax(): number {
    return this.#writer.batchBytesMax;
  }

  /** The sequence number that is written next. */
  get head(): number {
    return this.#writer.head;
  }

  /** From the next slot on, `host` reads the ring. The caller sends it the join with this cursor. */
  attach(host: WorkerHost): number {
    if (host.ended) return this.head;
    host.block.cursor = this.head;
    host.block.joined = true;
    host.attached = true;
    this.#hosts.set(host.slot, host);
    return this.head;
  }

  /** The ring waits for `host` no more. */
  detach(host: WorkerHost): void {
    host.block.joined = false;
    host.attached = false;
    if (this.#hosts.get(host.slot) === host) this.#hosts.delete(host.slot);
  }

  #giveUp(host: WorkerHost): void {
    host.leaving = true;
    this.detach(host);
  }

  async publish(slot: Slot, batch: Prepared | null): Promise<void> {
    const bytes = batch?.bytes ?? 0;
    await this.#makeRoom(bytes);
    this.#writer.write(slot, bytes, batch === null ? undefined : (target) => batch.write(target));
    if (batch !== null) { for (const place of batch.slots) this.#hosts.get(place)?.block.wake(); }
    if (slot.arrival > 0) this.#wakeDue(slot.arrival, batch?.latest ?? -Infinity);
  }

  /** Sent by port, as one piece of shared memory, to every worker at its place in the order. */
  async publishLarge(slot: Slot, batch: Prepared): Promise<void> {
    const bytes = new SharedArrayBuffer(batch.bytes);
    batch.write(new Uint8Array(bytes));
    for (const host of [...this.#hosts.values()]) {
      await this.control(host, (send) => send({ kind: "record", handles: null, slot, bytes }), slot.first);
    }
  }

  /**
   * Sends messages to `host` that it takes exactly here in the order. `at` is the offset of the next record.
   * The messages are sent after room was made, in one turn with their control slot.
   */
  async control(
    host: WorkerHost,
    say: (send: (message: Parameters<WorkerHost["send"]>[0]) => void) => void,
    at: number,
  ): Promise<boolean> {
    await this.#makeRoom(0);
    if (!host.attached) return false;
    let number = 0;
    say((message) => number = host.send(message, { ordered: true }));
    const place = { kind: SLOT.control, topic: -1, internal: 0, worker: host.slot, message: number };
    this.#writer.write({ ...place, first: at, next: at, arrival: 0 });
    host.block.wake();
    return true;
  }

  #wakeDue(arrival: number, latest: number): void {
    for (const { block } of this.#hosts.values()) {
      if (block.nextDue <= arrival || block.nextDueTime <= latest) block.wake();
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    for (let tries = 0;; tries++) {
      const tail = this.#writer.tailAfter(bytes);
      const behind = [...this.#hosts.values()].filter((host) => distance(tail, host.block.cursor) > 0);
      if (behind.length === 0) return;
      const before = this.#clock.monotonic();
      for (const host of behind) host.block.wake();
      if (tries < TURNS) await turn(this.#clock);
      else await sleep(this.#clock, 1);
      this.#blame(behind, this.#clock.monotonic() - before);
    }
  }

  /** Notes who was waited for; gives up who alone held up the ring for too long. */
  #blame(behind: readonly WorkerHost[], ms: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#windowStart > WINDOW_MS) {
      this.#windowStart = now;
      this.#waited = new WeakMap();
    }
    if (!this.#othersKeepPace(behind.length)) return;
    for (const host of behind) {
      const waited = (this.#waited.get(host) ?? 0) + ms;
      this.#waited.set(host, waited);
      if (waited > GIVE_UP_MS) this.#giveUp(host);
    }
  }

  /** Whether nearly all others have read all but the newest half of the ring. */
  #othersKeepPace(behind: number): boolean {
    const near = distance(this.head, this.#writer.tail) / 2;
    const hosts = [...this.#hosts.values()];
    const pace = hosts.filter((host) => distance(this.head, host.block.cursor) <= near).length;
    return pace > 0 && pace >= (hosts.length - behind) * KEEPING_PACE && pace >= behind;
  }
}
