/** One meaning that may be written under several names. */
import type { Report } from "./read_as.ts";

/** The value under the first of `names` that has one; null when none has. Two that differ are a fault. */
export function oneOfNames<const N extends string, V>(
  members: { readonly [K in N]?: V | null | undefined },
  names: readonly N[],
  report: Report,
): V | null {
  const given = names.filter((name) => members[name] !== undefined && members[name] !== null);
  const [first, ...others] = given;
  if (first === undefined) return null;
  for (const other of others) {
    if (members[other] === members[first]) continue;
    report([other], "conflict", `Cannot use both "${first}" and "${other}": they are two names of one thing`);
  }
  return members[first]!;
}
