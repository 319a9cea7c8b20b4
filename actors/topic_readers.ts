/** The joined actors that look at all events of a topic; found once, until something about the actors changes. */
import type { Slot } from "../src/batch/ring.ts";
import type { RuleActor } from "./rule_actor.ts";

export class TopicReaders {
  readonly #byTopic = new Map<number, RuleActor[]>();

  of(slot: Slot, joined: () => readonly RuleActor[]): readonly RuleActor[] {
    let readers = this.#byTopic.get(slot.topic);
    if (readers === undefined) {
      readers = joined().filter((actor) => scans(actor, slot));
      this.#byTopic.set(slot.topic, readers);
    }
    return readers;
  }

  clear(): void {
    this.#byTopic.clear();
  }
}

/** Whether the actor looks at all events of the slot: at their fields, or at their times. */
export function scans(actor: RuleActor, slot: Slot): boolean {
  if (actor.rule.plan.index !== null && !actor.clocked) return false;
  return actor.topics === null ? slot.internal === 0 : actor.topics.includes(slot.topic);
}
