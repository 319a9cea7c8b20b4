/** The hosts by slot: started when first wanted, one start at a time per slot. */
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";

export class Hosts {
  readonly #fleet: Fleet;
  readonly #starting = new Map<number, Promise<Host>>();
  readonly #hosts = new Map<number, Host>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  all(): Host[] {
    return [...this.#hosts.values()];
  }

  /** Whether it is still in use. */
  has(host: Host): boolean {
    return this.#hosts.get(host.slot) === host;
  }

  /** The host of a slot; starts it when there is none. The slot's number names its durable floor as well. */
  get(slot: number): Promise<Host> {
    const known = this.#hosts.get(slot);
    if (known !== undefined) return Promise.resolve(known);
    let starting = this.#starting.get(slot);
    if (starting === undefined) {
      starting = this.#fleet.spawn(slot, slot).then((host) => {
        this.#hosts.set(slot, host);
        return host;
      }).finally(() => this.#starting.delete(slot));
      this.#starting.set(slot, starting);
    }
    return starting;
  }

  /** Starts the hosts of the first `count` slots side by side. */
  async warm(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, slot) => this.get(slot)));
  }

  /** Forgets a host that is gone. */
  drop(host: Host): void {
    if (this.#hosts.get(host.slot) === host) this.#hosts.delete(host.slot);
  }

  /** Stops the host of a slot that nobody needs any more. */
  async retire(slot: number): Promise<void> {
    const host = this.#hosts.get(slot);
    if (host === undefined) return;
    this.#hosts.delete(slot);
    await this.#fleet.retire(host);
  }
}
