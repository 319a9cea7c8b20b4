/** One host, the main thread itself. */
import type { Probe } from "./actor_set.ts";
import type { Fleet, FleetListener } from "./fleet.ts";
import type { Host } from "./host.ts";
import { InlineFeed, InlineHost } from "./inline_feed.ts";
import type { ToHost } from "./messages.ts";

export class InlineFleet implements Fleet {
  readonly feed = new InlineFeed();
  listener!: FleetListener;
  readonly #probe: Probe | null;
  #owners = 0;

  constructor(probe: Probe | null = null) {
    this.#probe = probe;
  }

  spawn(slot: number, floor: number): Promise<Host> {
    const listener = (host: Host, message: Parameters<FleetListener["onMessage"]>[1]) =>
      this.listener.onMessage(host, message);
    return Promise.resolve(
      new InlineHost({ slot, owner: ++this.#owners, floor, listener, probe: this.#probe }),
    );
  }

  attach(host: Host): number {
    this.feed.attach(host as InlineHost);
    return 0;
  }

  control(host: Host, messages: readonly ToHost[]): Promise<boolean> {
    if (!host.attached) return Promise.resolve(false);
    for (const message of messages) host.send(message);
    return Promise.resolve(true);
  }

  async retire(host: Host): Promise<void> {
    this.feed.detach(host as InlineHost);
    await host.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
