/** textwrap.wrap() of Python: lines of at most `width` characters, broken at blanks and behind hyphens. */
import { characters } from "./printing.ts";

export interface WrapRules {
  width: number;
  /** Whether words longer than a line are cut. */
  long: boolean;
  /** Whether a line may end behind a hyphen inside a word. */
  hyphens: boolean;
}

export function wrapped(text: string, rules: WrapRules): string[] {
  const pieces = piecesOf(text, rules.hyphens).reverse();
  const lines: string[] = [];
  while (pieces.length > 0) {
    if (lines.length > 0 && isBlank(pieces.at(-1)!)) pieces.pop();
    const line = nextLine(pieces, rules);
    if (line.length > 0 && isBlank(line.at(-1)!)) line.pop();
    if (line.length > 0) lines.push(line.join(""));
  }
  return lines;
}

/** Takes the pieces of one line off the end of `pieces`. */
function nextLine(pieces: string[], { width, long, hyphens }: WrapRules): string[] {
  const line: string[] = [];
  let used = 0;
  while (pieces.length > 0) {
    const size = characters(pieces.at(-1)!).length;
    if (used + size > width) break;
    line.push(pieces.pop()!);
    used += size;
  }
  if (pieces.length === 0 || characters(pieces.at(-1)!).length <= width) return line;
  if (long) line.push(cutOff(pieces, { room: width - used, hyphens }));
  else if (line.length === 0) line.push(pieces.pop()!);
  return line;
}

function cutOff(pieces: string[], { room, hyphens }: { room: number; hyphens: boolean }): string {
  const all = characters(pieces.pop()!);
  const hyphen = hyphens && room > 0 ? all.lastIndexOf("-", room - 1) : -1;
  const end = hyphen > 0 && all.slice(0, hyphen).some((one) => one !== "-") ? hyphen + 1 : room;
  pieces.push(all.slice(end).join(""));
  return all.slice(0, end).join("");
}

function piecesOf(text: string, hyphens: boolean): string[] {
  const words = text.split(/([\t\n\v\f\r ]+)/).filter((piece) => piece !== "");
  return hyphens ? words.flatMap(hyphenated) : words;
}

function hyphenated(word: string): string[] {
  if (!word.includes("-")) return [word];
  return word.split(
    /(?<=[\p{L}\p{N}_]\p{L}-)(?=[\p{L}\p{N}_]*\p{L})|(?<=[^-\s]-)(?=-{2,}\w)|(?<=\w)(?=-{2,}\w)|(?<=\w-{2,})(?=\w)/u,
  );
}

function isBlank(piece: string): boolean {
  return piece.trim() === "";
}
