/** The function that a mistyped name most likely meant. (The model's own search stands on a package.) */

/** More steps than this are another word. */
const STEPS_MAX = 2;

/** Undefined when none is near. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  let found: string | undefined;
  let least = STEPS_MAX + 1;
  for (const candidate of known) {
    const begins = name.length >= 3 && (candidate.startsWith(name) || name.startsWith(candidate));
    const steps = begins
      ? 1
      : Math.abs(candidate.length - name.length) >= least
      ? least
      : distance(name, candidate);
    if (steps < least) [least, found] = [steps, candidate];
  }
  return found;
}

/** Levenshtein: letters put in, left out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
