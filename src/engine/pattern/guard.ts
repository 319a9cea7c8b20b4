/**
 * Guards: what an edge of an automaton asks of an event, over the conditions of the pattern. The outcomes of
 * these conditions for one event are the bits of a number, so a guard is decided without looking at the event
 * again.
 */
import { assertNever } from "../../base/assert.ts";

export type Guard =
  | { kind: "always" }
  | { kind: "never" }
  /** The condition with this number holds. */
  | { kind: "holds"; condition: number }
  | { kind: "not"; of: Guard }
  | { kind: "and"; of: readonly Guard[] };

export const ALWAYS: Guard = { kind: "always" };
export const NEVER: Guard = { kind: "never" };

export function holds(condition: number): Guard {
  return { kind: "holds", condition };
}

export function not(of: Guard): Guard {
  switch (of.kind) {
    case "always":
      return NEVER;
    case "never":
      return ALWAYS;
    case "not":
      return of.of;
    default:
      return { kind: "not", of };
  }
}

export function and(...guards: readonly Guard[]): Guard {
  const of = guards.flatMap((guard) =>
    guard.kind === "and" ? guard.of : guard.kind === "always" ? [] : [guard]
  );
  if (of.some(({ kind }) => kind === "never")) return NEVER;
  if (of.length === 0) return ALWAYS;
  return of.length === 1 ? of[0]! : { kind: "and", of };
}

/** @param outcomes bit n says whether condition n holds */
export function isMet(guard: Guard, outcomes: number): boolean {
  switch (guard.kind) {
    case "always":
      return true;
    case "never":
      return false;
    case "holds":
      return (outcomes & (1 << guard.condition)) !== 0;
    case "not":
      return !isMet(guard.of, outcomes);
    case "and":
      return guard.of.every((one) => isMet(one, outcomes));
    default:
      return assertNever(guard);
  }
}

/** The conditions that a guard looks at, as bits. */
export function asks(guard: Guard): number {
  switch (guard.kind) {
    case "always":
    case "never":
      return 0;
    case "holds":
      return 1 << guard.condition;
    case "not":
      return asks(guard.of);
    case "and":
      return guard.of.reduce((bits, one) => bits | asks(one), 0);
    default:
      return assertNever(guard);
  }
}
