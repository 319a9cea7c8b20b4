/** The methods of text. Each takes the text itself, the arguments and what prints a value. */
import { formatted, padded, type Print, wholeNumber } from "./format.ts";
import { characters, items, text } from "./printing.ts";
import {
  entryOf,
  isMapping,
  isText,
  type Keywords,
  limit,
  Markup,
  TemplateFault,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
} from "./values.ts";

interface Given {
  args: readonly unknown[];
  keywords: Keywords;
  /** Text of an argument; escaped when the text itself is safe. */
  print: Print;
}

type Method = (self: string, given: Given) => unknown;

/** Blanks as str.split() and str.strip() see them. */
// deno-lint-ignore no-control-regex
const BLANK = /[\s\x1c-\x1f\x85]/;
// deno-lint-ignore no-control-regex
const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** `argument` number `index` as text. @throws TemplateFault */
function textAt({ args, print }: Given, index: number): string {
  const value = args[index];
  if (!isText(value)) {
    throw typeFault(`must be str, not ${value === undefined ? "missing" : typeName(value)}`);
  }
  return print(value);
}

function numberAt({ args }: Given, index: number, fallback: number): number {
  return args[index] === undefined ? fallback : wholeNumber(args[index]);
}

function affixes(given: Given): string[] {
  const first = given.args[0];
  return first instanceof Tuple ? first.items.map(text) : [textAt(given, 0)];
}

/** The part of `self` that find, count and the like look at, and where it begins. */
function part(self: string, given: Given): { chars: readonly string[]; from: number } {
  const all = characters(self);
  const place = (index: number) => index < 0 ? Math.max(0, all.length + index) : Math.min(index, all.length);
  const from = place(numberAt(given, 1, 0));
  return { chars: all.slice(from, place(numberAt(given, 2, all.length))), from };
}

function found(self: string, given: Given, last: boolean): number {
  const { chars, from } = part(self, given);
  const body = chars.join("");
  const at = last ? body.lastIndexOf(textAt(given, 0)) : body.indexOf(textAt(given, 0));
  return at < 0 ? -1 : from + characters(body.slice(0, at)).length;
}

function mustFind(at: number): number {
  if (at < 0) throw new TemplateFault("ValueError", "substring not found");
  return at;
}

export function replaceText(
  self: string,
  { from, to, count }: { from: string; to: string; count: number },
): string {
  const pieces = from === "" ? ["", ...characters(self), ""] : self.split(from);
  const times = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1);
  limit(self.length + times * to.length, TEXT_CHARACTERS_MAX, "a text");
  const head = pieces.slice(0, times + 1).join(to);
  return times < pieces.length - 1 ? [head, ...pieces.slice(times + 1)].join(from) : head;
}

function splitBlanks(self: string, max: number, fromEnd: boolean): string[] {
  const body = stripped(self, null, "both");
  if (body === "") return [];
  const blanks = [...body.matchAll(/[\s\x85]+/g)];
  const cuts = max < 0
    ? blanks
    : fromEnd
    ? blanks.slice(Math.max(0, blanks.length - max))
    : blanks.slice(0, max);
  const words: string[] = [];
  let from = 0;
  for (const blank of cuts) {
    words.push(body.slice(from, blank.index));
    from = blank.index + blank[0].length;
  }
  return [...words, body.slice(from)];
}

function split(self: string, given: Given, fromEnd: boolean): string[] {
  const separator = given.args[0] ?? given.keywords.get("sep") ?? null;
  const max = numberAt({ ...given, args: [0, given.args[1] ?? given.keywords.get("maxsplit")] }, 1, -1);
  if (separator === null) return splitBlanks(self, max, fromEnd);
  const by = text(separator);
  if (by === "") throw new TemplateFault("ValueError", "empty separator");
  const pieces = self.split(by);
  limit(pieces.length, 1_100_000, "a list");
  if (max < 0 || pieces.length <= max + 1) return pieces;
  return fromEnd
    ? [pieces.slice(0, pieces.length - max).join(by), ...pieces.slice(pieces.length - max)]
    : [...pieces.slice(0, max), pieces.slice(max).join(by)];
}

export function stripped(self: string, chars: string | null, side: "left" | "right" | "both"): string {
  const all = characters(self);
  const drops = chars === null ? null : new Set(characters(chars));
  const isDropped = (one: string) => drops === null ? BLANK.test(one) : drops.has(one);
  let from = 0;
  let to = all.length;
  if (side !== "right") { while (from < to && isDropped(all[from]!)) from++; }
  if (side !== "left") { while (to > from && isDropped(all[to - 1]!)) to--; }
  return from === 0 && to === all.length ? self : all.slice(from, to).join("");
}

function strip(side: "left" | "right" | "both"): Method {
  return (self, given) => stripped(self, given.args[0] == null ? null : textAt(given, 0), side);
}

function pad(align: string): Method {
  return (self, given) => {
    const fill = given.args[1] === undefined ? " " : textAt(given, 1);
    return padded(self, numberAt(given, 0, 0), { fill, align });
  };
}

/** str.center puts the odd blank where CPython does. */
export function centered(self: string, width: number, fill = " "): string {
  const missing = width - characters(self).length;
  if (missing <= 0) return self;
  limit(width, TEXT_CHARACTERS_MAX, "a text");
  const left = (missing >> 1) + (missing & width & 1);
  return fill.repeat(left) + self + fill.repeat(missing - left);
}

export function capitalized(self: string): string {
  const [first = "", ...rest] = characters(self);
  return first.toUpperCase() + rest.join("").toLowerCase();
}

function titled(self: string): string {
  return self.replace(/\p{L}+/gu, (word) => capitalized(word));
}

function cut(self: string, given: Given, last: boolean): Tuple {
  const by = textAt(given, 0);
  const at = last ? self.lastIndexOf(by) : self.indexOf(by);
  if (at < 0) return new Tuple(last ? ["", "", self] : [self, "", ""]);
  return new Tuple([self.slice(0, at), by, self.slice(at + by.length)]);
}

function is(pattern: RegExp): Method {
  return (self) => pattern.test(self);
}

export function joinedText(separator: string, pieces: readonly string[]): string {
  const size = pieces.reduce(
    (sum, piece) => sum + piece.length,
    separator.length * Math.max(0, pieces.length - 1),
  );
  limit(size, TEXT_CHARACTERS_MAX, "a text");
  return pieces.join(separator);
}

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["upper", (self) => self.toUpperCase()],
  ["lower", (self) => self.toLowerCase()],
  ["casefold", (self) => self.replaceAll("ß", "ss").toLowerCase()],
  ["title", titled],
  ["capitalize", capitalized],
  [
    "swapcase",
    (self) =>
      self.replace(/\p{L}/gu, (one) => one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase()),
  ],
  ["strip", strip("both")],
  ["lstrip", strip("left")],
  ["rstrip", strip("right")],
  ["startswith", (self, given) => affixes(given).some((affix) => self.startsWith(affix))],
  ["endswith", (self, given) => affixes(given).some((affix) => self.endsWith(affix))],
  [
    "removeprefix",
    (self, given) => self.startsWith(textAt(given, 0)) ? self.slice(textAt(given, 0).length) : self,
  ],
  ["removesuffix", (self, given) => {
    const suffix = textAt(given, 0);
    return suffix !== "" && self.endsWith(suffix) ? self.slice(0, -suffix.length) : self;
  }],
  ["replace", (self, given) => {
    return replaceText(self, { from: textAt(given, 0), to: textAt(given, 1), count: numberAt(given, 2, -1) });
  }],
  ["split", (self, given) => split(self, given, false)],
  ["rsplit", (self, given) => split(self, given, true)],
  ["splitlines", (self) => {
    const lines = self.split(LINE_ENDS);
    if (lines.at(-1) === "") lines.pop();
    return lines;
  }],
  ["join", (self, given) =>
    joinedText(
      self,
      items(given.args[0]).map((item, index) => {
        if (!isText(item)) {
          throw typeFault(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
        }
        return given.print(item);
      }),
    )],
  ["find", (self, given) => found(self, given, false)],
  ["rfind", (self, given) => found(self, given, true)],
  ["index", (self, given) => mustFind(found(self, given, false))],
  ["rindex", (self, given) => mustFind(found(self, given, true))],
  ["count", (self, given) => {
    const by = textAt(given, 0);
    const { chars } = part(self, given);
    return by === "" ? chars.length + 1 : chars.join("").split(by).length - 1;
  }],
  ["isdigit", is(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2089]+$/u)],
  ["isdecimal", is(/^\p{Nd}+$/u)],
  ["isnumeric", is(/^\p{N}+$/u)],
  ["isalpha", is(/^\p{L}+$/u)],
  ["isalnum", is(/^[\p{L}\p{N}]+$/u)],
  ["isspace", is(/^\s+$/)],
  // deno-lint-ignore no-control-regex
  ["isascii", is(/^[\x00-\x7f]*$/)],
  ["isupper", (self) => /\p{L}/u.test(self) && self === self.toUpperCase() && self !== self.toLowerCase()],
  ["islower", (self) => /\p{L}/u.test(self) && self === self.toLowerCase() && self !== self.toUpperCase()],
  ["istitle", (self) => /\p{L}/u.test(self) && self === titled(self)],
  ["zfill", (self, given) => padded(self, numberAt(given, 0, 0), { fill: "0", align: "=" })],
  ["ljust", pad("<")],
  ["rjust", pad(">")],
  [
    "center",
    (self, given) =>
      centered(self, numberAt(given, 0, 0), given.args[1] === undefined ? " " : textAt(given, 1)),
  ],
  ["expandtabs", (self, given) => {
    const size = numberAt(given, 0, 8);
    limit(self.length * Math.max(1, size), TEXT_CHARACTERS_MAX, "a text");
    return self.replace(/[^\t\n]*\t/g, (run) => {
      const body = run.slice(0, -1);
      return body + " ".repeat(size <= 0 ? 0 : size - (characters(body).length % size));
    });
  }],
  ["partition", (self, given) => cut(self, given, false)],
  ["rpartition", (self, given) => cut(self, given, true)],
  ["format", (self, given) => formatted(self, given)],
  ["format_map", (self, given) => {
    const mapping = given.args[0];
    if (!isMapping(mapping)) throw typeFault("format_map() wants a mapping");
    const names = [...self.matchAll(/\{([^{}!:.[]+)/g)].map((match) => match[1]!);
    const values = names.map((name) => [name, entryOf(mapping, name)] as const);
    const keywords = new Map(values.filter(([, value]) => value !== undefined));
    return formatted(self, { args: [], keywords, print: given.print });
  }],
]);

export function textMethod(name: string): Method | undefined {
  return METHODS.get(name);
}

/** What a method of safe text answers is safe as well, where it is text. */
export function markedLike(self: string | Markup, answer: unknown): unknown {
  if (!(self instanceof Markup)) return answer;
  if (typeof answer === "string") return new Markup(answer);
  if (answer instanceof Tuple) return new Tuple(answer.items.map((item) => new Markup(String(item))));
  if (Array.isArray(answer)) return answer.map((item) => typeof item === "string" ? new Markup(item) : item);
  return answer;
}
