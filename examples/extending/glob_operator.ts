/**
 * An operator of one's own: `glob`, where `*` stands for any characters and `?` for one. It becomes
 * src/engine/glob_operator.ts, with the lines that docs/extending.md lists. It runs in rule Workers, for each event: whatever
 * can be prepared is prepared once, and the time is bounded by the text.
 */
import { folded, printed, type ValueTest } from "../../src/engine/compare.ts";

/** Whether the text of a value is like `pattern`. */
export function globTest(pattern: string, foldCase: boolean): ValueTest {
  const wanted = folded(pattern, foldCase);
  return (value) => isLike(folded(printed(value), foldCase), wanted);
}

/** Goes back to the last `*` only, so the time is at most the product of both lengths. */
function isLike(text: string, pattern: string): boolean {
  let [t, p, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === "?" || (pattern[p] === text[t] && pattern[p] !== "*")) [t, p] = [t + 1, p + 1];
    else if (pattern[p] === "*") [star, mark, p] = [p, t, p + 1];
    else if (star >= 0) [p, mark, t] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
