/**
 * The events that partial matches have taken, as links of one pool: each link names the one before it, so that
 * partial matches which began alike share their beginning. A link lives while a partial match, a finished match
 * or a later link needs it.
 */
import { FloatColumn, IntColumn } from "../number_column.ts";

export const NO_LINK = -1;
const LINK_BYTES = 32;

export interface Taken {
  step: number;
  offset: number;
  time: number;
}

export class Chains {
  readonly #before = new IntColumn();
  readonly #users = new IntColumn();
  readonly #step = new IntColumn();
  /** Links of the whole chain, this one included. */
  readonly #length = new IntColumn();
  readonly #offset = new FloatColumn();
  readonly #time = new FloatColumn();
  readonly #free: number[] = [];
  #made = 0;

  get bytes(): number {
    return (this.#made - this.#free.length) * LINK_BYTES;
  }

  /** A link behind `before`, with no user yet. */
  add(before: number, { step, offset, time }: Taken): number {
    const link = this.#free.pop() ?? this.#made++;
    this.#before.set(link, before);
    this.#users.set(link, 0);
    this.#step.set(link, step);
    this.#length.set(link, before === NO_LINK ? 1 : this.#length.get(before) + 1);
    this.#offset.set(link, offset);
    this.#time.set(link, time);
    if (before !== NO_LINK) this.use(before);
    return link;
  }

  use(link: number): void {
    this.#users.set(link, this.#users.get(link) + 1);
  }

  /** Lets go of a link; those that nobody needs any more are free. */
  release(link: number): void {
    for (let at = link; at !== NO_LINK;) {
      const users = this.#users.get(at) - 1;
      this.#users.set(at, users);
      if (users > 0) return;
      this.#free.push(at);
      at = this.#before.get(at);
    }
  }

  before(link: number): number {
    return this.#before.get(link);
  }

  length(link: number): number {
    return this.#length.get(link);
  }

  time(link: number): number {
    return this.#time.get(link);
  }

  offset(link: number): number {
    return this.#offset.get(link);
  }

  step(link: number): number {
    return this.#step.get(link);
  }

  /** The events of a chain, oldest first. */
  events(link: number): Taken[] {
    const events: Taken[] = [];
    for (let at = link; at !== NO_LINK; at = this.before(at)) {
      events.push({ step: this.step(at), offset: this.offset(at), time: this.time(at) });
    }
    return events.reverse();
  }
}

/** The order in which a pattern sees events: by time, then by arrival. */
export function compareEvents(a: Omit<Taken, "step">, b: Omit<Taken, "step">): number {
  return a.time - b.time || a.offset - b.offset;
}

/** The order of two chains: by the first event, then step, in which they differ. */
export function compareChains(a: readonly Taken[], b: readonly Taken[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = compareEvents(a[i]!, b[i]!) || a[i]!.step - b[i]!.step;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
