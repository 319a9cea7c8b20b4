/**
 * Where actors live: a slot of its own for each rule until the budget of workers is used up, then the slot
 * with the fewest rules. A rule with isolation "dedicated" shares with nobody while slots last. A rule under suspicion gets
 * a slot beyond the budget, so that its next crash hits nobody else.
 */

/** Slots beyond the budget for rules under suspicion. */
export const SUSPECT_SLOTS = 4;

export type PlacementWish = "shared" | "dedicated" | "alone";

export class Placement {
  readonly #budget: number;
  /** Rules by slot. */
  readonly #rules = new Map<number, Set<string>>();
  readonly #closed = new Set<number>();
  readonly #slotOf = new Map<string, number>();

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Picks a slot for a rule and counts it there. */
  place(ruleId: string, wish: PlacementWish): number {
    this.remove(ruleId);
    const slot = this.#pick(wish);
    const rules = this.#rules.get(slot) ?? new Set();
    this.#rules.set(slot, rules.add(ruleId));
    this.#slotOf.set(ruleId, slot);
    if (wish !== "shared" && rules.size === 1) this.#closed.add(slot);
    return slot;
  }

  /** Answers the slot when nobody is left there. */
  remove(ruleId: string): number | null {
    const slot = this.#slotOf.get(ruleId);
    if (slot === undefined) return null;
    this.#slotOf.delete(ruleId);
    const rules = this.#rules.get(slot)!;
    rules.delete(ruleId);
    if (rules.size > 0) return null;
    this.#rules.delete(slot);
    this.#closed.delete(slot);
    return slot;
  }

  slotOf(ruleId: string): number | null {
    return this.#slotOf.get(ruleId) ?? null;
  }

  rulesOf(slot: number): string[] {
    return [...this.#rules.get(slot) ?? []];
  }

  /** Whether the next rule with this wish gets a slot that nobody uses yet. */
  opens(wish: PlacementWish): boolean {
    return this.#rules.size < this.#budget + (wish === "alone" ? SUSPECT_SLOTS : 0);
  }

  #pick(wish: PlacementWish): number {
    if (this.opens(wish)) return this.#free();
    const open = [...this.#rules].filter(([slot]) => !this.#closed.has(slot));
    const choice = open.length > 0 ? open : [...this.#rules];
    return choice.reduce((least, one) => one[1].size < least[1].size ? one : least)[0];
  }

  #free(): number {
    let slot = 0;
    while (this.#rules.has(slot)) slot++;
    return slot;
  }
}
