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

export const RING_SIZE: RingSize = { slots: 4096, arena: 32 * 1024 * 1024 };

/** How long the ring waits for one slow worker while another keeps pace. */
export const GIVE_UP_MS = 250;
/** Turns of the event loop before the wait becomes a timer. */
const TURNS = 20;

export class RingFeed implements Feed {
  readonly #clock: Clock;
  readonly #writer: RingWriter;
  readonly #hosts = new Map<number, WorkerHost>();

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

  async publish(slot: Slot, batch: Prepared | null): Promise<void> {
    const bytes = batch?.bytes ?? 0;
    await this.#makeRoom(bytes);
    this.#writer.write(slot, bytes, batch === null ? undefined : (target) => batch.write(target));
    if (batch !== null) { for (const place of batch.slots) this.#hosts.get(place)?.block.wake(); }
    else if (slot.arrival > 0) this.#wakeDue(slot.arrival);
  }

  /** Sent by port, as one piece of shared memory, to every worker at its place in the order. */
  async publishLarge(slot: Slot, batch: Prepared): Promise<void> {
    const bytes = new Uint8Array(new SharedArrayBuffer(batch.bytes));
    batch.write(bytes);
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

  /** Records that the slowest attached worker has not read. */
  get backlog(): number {
    let most = 0;
    for (const host of this.#hosts.values()) most = Math.max(most, distance(this.head, host.block.cursor));
    return most;
  }

  #wakeDue(arrival: number): void {
    for (const host of this.#hosts.values()) if (host.nextDue <= arrival) host.block.wake();
  }

  async #makeRoom(bytes: number): Promise<void> {
    let since: number | null = null;
    for (let tries = 0;; tries++) {
      const tail = this.#writer.tailAfter(bytes);
      const behind = [...this.#hosts.values()].filter((host) => distance(tail, host.block.cursor) > 0);
      if (behind.length === 0) return;
      since ??= this.#clock.monotonic();
      for (const host of behind) host.block.wake();
      if (this.#clock.monotonic() - since > GIVE_UP_MS && this.#othersKeepPace()) {
        for (const host of behind) this.detach(host);
        continue;
      }
      if (tries < TURNS) await turn(this.#clock);
      else await sleep(this.#clock, 1);
    }
  }

  /** Whether some worker has read all but the newest quarter of the ring. */
  #othersKeepPace(): boolean {
    const quarter = this.#writer.memory.size.slots / 4;
    const held = distance(this.head, this.#writer.tail);
    const near = Math.min(quarter, held / 4);
    return [...this.#hosts.values()].some((host) => distance(this.head, host.block.cursor) <= near);
  }
}
