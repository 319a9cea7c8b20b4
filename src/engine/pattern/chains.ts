/**
 * The events that partial matches have taken, as links of one pool: each link names the one before it, so that
 * partial matches which began alike share their beginning. A link lives while a partial match, a finished match
 * or a later link needs it.
 */
import { NumberTable } from "../number_table.ts";

export const NO_LINK = -1;

export interface Taken {
  step: number;
  offset: number;
  time: number;
}

// Fields of a link.
const TIME = 0;
const OFFSET = 1;
const BEFORE = 0;
const USERS = 1;
const STEP = 2;

export class Chains {
  readonly #links = new NumberTable({ floats: 2, ints: 3 });
  readonly #free: number[] = [];
  #made = 0;

  get bytes(): number {
    return (this.#made - this.#free.length) * this.#links.rowBytes;
  }

  /** A link behind `before`, with no user yet. */
  add(before: number, { step, offset, time }: Taken): number {
    const link = this.#free.pop() ?? this.#made++;
    const links = this.#links;
    links.open(link);
    links.setInt(link, BEFORE, before);
    links.setInt(link, USERS, 0);
    links.setInt(link, STEP, step);
    links.setFloat(link, OFFSET, offset);
    links.setFloat(link, TIME, time);
    if (before !== NO_LINK) this.use(before);
    return link;
  }

  use(link: number): void {
    this.#links.setInt(link, USERS, this.#links.int(link, USERS) + 1);
  }

  /** Lets go of a link; those that nobody needs any more are free. */
  release(link: number): void {
    for (let at = link; at !== NO_LINK;) {
      const users = this.#links.int(at, USERS) - 1;
      this.#links.setInt(at, USERS, users);
      if (users > 0) return;
      this.#free.push(at);
      at = this.before(at);
    }
  }

  before(link: number): number {
    return this.#links.int(link, BEFORE);
  }

  time(link: number): number {
    return this.#links.float(link, TIME);
  }

  offset(link: number): number {
    return this.#links.float(link, OFFSET);
  }

  step(link: number): number {
    return this.#links.int(link, STEP);
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
