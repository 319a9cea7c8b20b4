/**
 * Of the actors of a host, those with calls of endpoints on the way: whose answers wait for their records, and who
 * may not tell yet which calls it wants, because the log may hold the answers.
 */
import type { Span } from "../src/engine/prepared_rule.ts";
import type { RuleActor } from "./rule_actor.ts";

export class AskingActors {
  readonly #answered = new Set<RuleActor>();
  /** Where the next actor begins to tell. */
  #from = Infinity;

  loaded({ callsFrom }: RuleActor): void {
    this.#from = Math.min(this.#from, callsFrom);
  }

  /** A command was given to the actor. */
  told(actor: RuleActor): void {
    if (actor.awaitsRecords) this.#answered.add(actor);
  }

  forget(actor: RuleActor): void {
    this.#answered.delete(actor);
  }

  /** Of the actors that a record concerns, those whose answers may stand there. */
  at({ next }: Span, handles: readonly number[] | null): RuleActor[] {
    if (this.#answered.size === 0) return [];
    return [...this.#answered].filter((actor) => {
      if (!actor.awaitsRecords) this.#answered.delete(actor);
      const concerned = handles === null ? actor.joined : handles.includes(actor.handle);
      return concerned && actor.awaitsRecords && actor.offset < next;
    });
  }

  /** The joined actors stand at `position`: those that have something to tell, now that they may. */
  reached(position: number, actors: Iterable<RuleActor>): RuleActor[] {
    if (position < this.#from) return [];
    this.#from = Infinity;
    const telling: RuleActor[] = [];
    for (const actor of actors) {
      const at = actor.joined ? Math.max(position, actor.offset) : actor.offset;
      if (!actor.reach(at)) this.loaded(actor);
      else if (actor.pressing > 0) telling.push(actor);
    }
    return telling;
  }
}
