/**
 * How many instructions a regular expression will about compile to, told from its text alone. Counted
 * repeats copy what stands before them, and `((a{30}){30})` is how a short text becomes a large program; so
 * size is judged before anything is expanded. Faulty syntax gives some number: the compiler refuses it.
 */

interface Reader {
  text: string;
  at: number;
}

const REPEAT = /\{(\d+)(?:,(\d*))?\}/y;
// A group's "?:", "?P<name>" or "?i:".
const GROUP_HEAD = /\?(?:P?<\w*>|[\w-]*:?)/y;
const CLASS = /\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]?/ys;
const ESCAPE = /\\(?:[pPx]\{[^}]*\}?|.)?/ys;

/** Instructions, about; may be Infinity. */
export function patternSize(pattern: string): number {
  const reader: Reader = { text: pattern, at: 0 };
  const outer: number[] = [];
  let group = 0;
  let atom = 0;
  while (reader.at < pattern.length) {
    const char = pattern[reader.at]!;
    const times = char === "{" ? repeat(reader) : null;
    if (times !== null) {
      group += atom * (times - 1);
      atom *= times;
    } else if (char === "(") {
      reader.at++;
      take(reader, GROUP_HEAD);
      outer.push(group);
      group = 2;
    } else if (char === ")") {
      reader.at++;
      atom = group;
      group += outer.pop() ?? 0;
    } else {
      if (!"*+?|".includes(char)) atom = 1;
      skipOne(reader, char);
      group++;
    }
  }
  return outer.reduce((sum, size) => sum + size, group);
}

/** The largest count of a repeat at the reader; null when none stands there. */
function repeat(reader: Reader): number | null {
  const match = take(reader, REPEAT);
  return match === null ? null : Math.max(1, Number(match[1]), Number(match[2] ?? 0));
}

function skipOne(reader: Reader, char: string): void {
  if (char === "[" && take(reader, CLASS) !== null) return;
  if (char === "\\" && take(reader, ESCAPE) !== null) return;
  reader.at++;
}

function take(reader: Reader, token: RegExp): RegExpExecArray | null {
  token.lastIndex = reader.at;
  const match = token.exec(reader.text);
  if (match !== null) reader.at = token.lastIndex;
  return match;
}
