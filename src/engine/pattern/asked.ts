/**
 * Guards that an event has to meet all at once, as what is known of each condition: those that must hold and those
 * that must not, as bits, and the rest. Adding one is a matter of a few bits for nearly all guards of an automaton.
 */
import { ALWAYS, and, asks, type Guard, holds, NEVER, not } from "./guard.ts";

export interface Asked {
  yes: number;
  no: number;
  /** Guards that leave a choice. */
  rest: readonly Guard[];
}

export const NOTHING_ASKED: Asked = { yes: 0, no: 0, rest: [] };

/** `asked` and also `guards`; null where that cannot be, as far as single conditions show it. */
export function asking(asked: Asked, ...guards: readonly Guard[]): Asked | null {
  let { yes, no, rest } = asked;
  const open = [...guards];
  for (let guard = open.pop(); guard !== undefined; guard = open.pop()) {
    if (guard.kind === "never") return null;
    if (guard.kind === "holds") yes |= 1 << guard.condition;
    else if (guard.kind === "and") open.push(...guard.of);
    else if (guard.kind === "not") {
      if (guard.of.kind === "holds") no |= 1 << guard.of.condition;
      else rest = [...rest, guard];
    }
  }
  return (yes & no) === 0 ? { yes, no, rest } : null;
}

/** Whether some combination of outcomes meets all of it. */
export function canHold(asked: Asked | null): boolean {
  if (asked === null) return false;
  const { yes, no } = asked;
  if (asked.rest.length === 0) return true;
  const rest = asked.rest.map((guard) => known(guard, yes, no)).filter(({ kind }) => kind !== "always");
  if (rest.length === 0) return true;
  const next = asking({ yes, no, rest: [] }, ...rest);
  if (next === null) return false;
  // A guard became a single condition: others may follow from it.
  if (next.yes !== yes || next.no !== no) return canHold(next);
  const condition = 31 - Math.clz32(asks(rest[0]!));
  return canHold(asking(next, holds(condition))) || canHold(asking(next, not(holds(condition))));
}

/** A guard once the conditions `yes` hold and those of `no` do not. */
export function known(guard: Guard, yes: number, no: number): Guard {
  switch (guard.kind) {
    case "always":
    case "never":
      return guard;
    case "holds":
      if ((yes & (1 << guard.condition)) !== 0) return ALWAYS;
      return (no & (1 << guard.condition)) !== 0 ? NEVER : guard;
    case "not":
      return not(known(guard.of, yes, no));
    case "and":
      return and(...guard.of.map((one) => known(one, yes, no)));
  }
}
