/**
 * The feed and host of actors on the main thread: for tests, and where there are no Workers. Same actors,
 * same messages, same frames; without isolation from faults that hang or exhaust memory.
 */
import { assert } from "../src/base/assert.ts";
import type { Prepared } from "../src/batch/encoder.ts";
import type { Slot } from "../src/batch/ring.ts";
import type { Feed } from "../src/ingest/feed.ts";
import { ActorSet, type Probe } from "./actor_set.ts";
import type { Host, HostListener } from "./host.ts";
import type { FromHost, ToHost } from "./messages.ts";
import { StepCosts } from "./step_costs.ts";

export class InlineHost implements Host {
  readonly slot: number;
  readonly owner: number;
  readonly floor: number;
  attached = false;
  readonly leaving = false;
  readonly untaken = 0;
  readonly #set: ActorSet;
  readonly #costs = new StepCosts(null);
  readonly #say: (message: FromHost) => void;
  #sent = 0;
  #ended = false;

  constructor(
    options: { slot: number; owner: number; floor: number; listener: HostListener; probe: Probe | null },
  ) {
    this.slot = options.slot;
    this.owner = options.owner;
    this.floor = options.floor;
    this.#say = (message) => {
      if (!this.#ended) options.listener(this, message);
    };
    this.#set = new ActorSet({
      slot: options.slot,
      send: this.#say,
      crumb: () => {},
      probe: options.probe,
      costs: this.#costs,
    });
  }

  get nextDue(): number {
    return this.#set.due;
  }

  send(message: ToHost): number {
    this.#set.take(message);
    this.#settle();
    return ++this.#sent;
  }

  apply(slot: Slot, bytes: Uint8Array | null): void {
    const outcome = this.#set.applyRecord(slot, bytes, () => true);
    assert(outcome === "applied", "private memory is never torn");
    this.#settle();
  }

  acknowledge(): void {}

  terminate(): Promise<void> {
    this.#ended = true;
    this.attached = false;
    return Promise.resolve();
  }

  #settle(): void {
    const costs = this.#costs.take();
    if (costs !== null) this.#say({ kind: "costs", costs });
    this.#set.sendFrame();
    while (this.#set.workOnCheckpoint(() => false));
  }
}

export class InlineFeed implements Feed {
  readonly batchBytesMax = Infinity;
  readonly #hosts = new Set<InlineHost>();

  attach(host: InlineHost): void {
    host.attached = true;
    this.#hosts.add(host);
  }

  detach(host: InlineHost): void {
    host.attached = false;
    this.#hosts.delete(host);
  }

  publish(slot: Slot, batch: Prepared | null): Promise<void> {
    const bytes = batch === null ? null : new Uint8Array(batch.bytes);
    if (bytes !== null) batch!.write(bytes);
    for (const host of this.#hosts) host.apply(slot, bytes);
    return Promise.resolve();
  }

  publishLarge(slot: Slot, batch: Prepared): Promise<void> {
    return this.publish(slot, batch);
  }
}
