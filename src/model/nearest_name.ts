/**
 * The known name that a mistyped one most likely meant, for messages that end in "did you mean". Names are
 * compared without regard to case, and a known name that begins as the given one does comes first, so that
 * "window" finds "window_config".
 */
import { distance } from "fastest-levenshtein";

// Distance is quadratic in length: what is longer than any known name need not be measured in full.
const COMPARED_CHARACTERS_MAX = 64;
/** Characters for one slip. */
const SLIP_EVERY = 4;

/** The nearest of `known`, the first one on a tie; undefined when there is none. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const given = name.slice(0, COMPARED_CHARACTERS_MAX).toLowerCase();
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const steps = stepsBetween(given, candidate.toLowerCase());
    if (steps < least) {
      least = steps;
      nearest = candidate;
    }
  }
  return nearest;
}

/** As {@linkcode nearestName}, of those that are so near that a slip of the hand makes one of the other. */
export function slipOf(name: string, known: readonly string[]): string | undefined {
  const given = name.slice(0, COMPARED_CHARACTERS_MAX).toLowerCase();
  const within = known.find((candidate) => candidate.toLowerCase().endsWith(`.${given}`));
  const nearest = within ?? nearestName(name, known);
  if (nearest === undefined || nearest === within) return nearest;
  const slips = Math.max(1, Math.floor(given.length / SLIP_EVERY));
  return stepsBetween(given, nearest.slice(0, COMPARED_CHARACTERS_MAX).toLowerCase()) <= slips
    ? nearest
    : undefined;
}

function stepsBetween(given: string, candidate: string): number {
  const begins = given.length >= 3 && (candidate.startsWith(given) || given.startsWith(candidate));
  return begins ? 1 : distance(given, candidate);
}
