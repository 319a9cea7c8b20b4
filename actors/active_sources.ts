/**
 * The alerts that inhibitions look at: those that match the source side of one and are active. Bounded: past
 * {@linkcode SOURCES_MAX} the oldest gives way. What is here is also in the store, by the router's turns.
 */
import type { Member } from "../src/model/alert_group.ts";
import type { Labels } from "../src/model/matcher.ts";
import { isResolved, renewMember } from "../src/notify/group_member.ts";

export const SOURCES_MAX = 10_000;

export class ActiveSources {
  readonly #sources = new Map<string, Member>();

  /** A report of one of them; answers what is known of it now. */
  observe(member: Member, now: number): Member {
    const renewed = renewMember(this.#sources.get(member.identity), member, now);
    this.#sources.delete(member.identity);
    this.#sources.set(member.identity, renewed);
    if (this.#sources.size > SOURCES_MAX) this.#sources.delete(this.#sources.keys().next().value!);
    return renewed;
  }

  *active(now: number): Generator<Labels> {
    for (const member of this.#sources.values()) if (!isResolved(member, now)) yield member.labels;
  }

  /** Forgets those that are over; answers their identities. */
  sweep(now: number): string[] {
    const gone = [...this.#sources.values()].filter((member) => isResolved(member, now));
    for (const { identity } of gone) this.#sources.delete(identity);
    return gone.map(({ identity }) => identity);
  }
}
