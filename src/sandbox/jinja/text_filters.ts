/** Filters on text. */
import { type Filter, filter, onText } from "./filter.ts";
import { percent, wholeNumber } from "./format.ts";
import { characters, escapeHtml, length, text, truth } from "./printing.ts";
import { capitalized, centered, replaceText, stripped } from "./text_methods.ts";
import {
  Dict,
  isText,
  limit,
  Markup,
  TemplateFault,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
  Undefined,
} from "./values.ts";
import { wrapped } from "./wrapped.ts";

const WORD = /[\p{L}\p{N}_]+/gu;
const WORD_BEGINNING = /([-\s({[<]+)/;
// deno-lint-ignore no-control-regex
const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Where Jinja2 asks for text and not for what prints as some. @throws TemplateFault */
function textOnly(value: unknown): string {
  if (isText(value)) return text(value);
  throw value instanceof Undefined ? value.fault() : typeFault(`expected text, not ${typeName(value)}`);
}

function lines(value: string): string[] {
  const all = value.split(LINE_ENDS);
  if (all.at(-1) === "") all.pop();
  return all;
}

function titled(value: string): string {
  return value.split(WORD_BEGINNING).map(capitalized).join("");
}

function truncated(value: unknown, [given, killWords, end, leeway]: readonly unknown[]): unknown {
  const size = given === undefined ? 255 : wholeNumber(given);
  const tail = end === undefined ? "..." : text(end);
  const room = leeway === undefined || leeway === null ? 5 : wholeNumber(leeway);
  if (size < characters(tail).length) {
    throw new TemplateFault("AssertionError", `expected length >= ${characters(tail).length}, got ${size}`);
  }
  // No text has more characters than code units.
  if (typeof value === "string" && value.length <= size + room) return value;
  if (length(value) <= size + room) return value;
  const all = characters(textOnly(value));
  const kept = all.slice(0, size - characters(tail).length).join("");
  if (killWords !== undefined && truth(killWords)) return kept + tail;
  const blank = kept.lastIndexOf(" ");
  return (blank < 0 ? kept : kept.slice(0, blank)) + tail;
}

function indented(value: string, [width, first, blank]: readonly unknown[]): string {
  const by = isText(width) ? text(width) : " ".repeat(Math.max(0, size(width, 4)));
  const [head = "", ...rest] = lines(value + "\n");
  limit(value.length + by.length * (rest.length + 1), TEXT_CHARACTERS_MAX, "a text");
  const withBlank = blank !== undefined && truth(blank);
  const body = [head, ...rest.map((line) => line !== "" || withBlank ? by + line : line)].join("\n");
  return first !== undefined && truth(first) ? by + body : body;
}

function size(width: unknown, fallback: number): number {
  const number = width === undefined ? fallback : wholeNumber(width);
  limit(number, TEXT_CHARACTERS_MAX, "a text");
  return number;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  reg: "®",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  laquo: "«",
  raquo: "»",
  euro: "€",
  times: "×",
  middot: "·",
};

function unescaped(value: string): string {
  return value.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (all, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? all;
    const code = name[1] === "x" || name[1] === "X" ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  });
}

/** Without what stands between `open` and `close`, in one pass. */
function without(value: string, open: string, close: string): string {
  let out = "";
  let from = 0;
  for (let start = value.indexOf(open); start >= 0; start = value.indexOf(open, from)) {
    const end = value.indexOf(close, start);
    if (end < 0) break;
    out += value.slice(from, start);
    from = end + close.length;
  }
  return out + value.slice(from);
}

function tagless(value: string): string {
  const bare = without(without(value, "<!--", "-->"), "<", ">");
  return unescaped(bare.split(/\s+/).filter((word) => word !== "").join(" "));
}

export const TEXT_FILTERS: readonly (readonly [string, Filter])[] = [
  ["upper", filter([], (value) => onText(value, (self) => self.toUpperCase()))],
  ["lower", filter([], (value) => onText(value, (self) => self.toLowerCase()))],
  ["capitalize", filter([], (value) => onText(value, capitalized))],
  ["title", filter([], (value) => titled(text(value)))],
  [
    "trim",
    filter(["chars"], (value, [chars]) => {
      return onText(value, (self) => stripped(self, chars == null ? null : text(chars), "both"));
    }),
  ],
  ["center", filter(["width"], (value, [width]) => onText(value, (self) => centered(self, size(width, 80))))],
  ["string", filter([], (value) => value instanceof Markup ? value : text(value))],
  [
    "truncate",
    filter(["length", "killwords", "end", "leeway"], truncated),
  ],
  [
    "wordwrap",
    filter(["width", "break_long_words", "wrapstring", "break_on_hyphens"], (value, bound) => {
      const [width, long, by, hyphens] = bound;
      const columns = size(width, 79);
      if (columns <= 0) throw new TemplateFault("ValueError", `invalid width ${columns} (must be > 0)`);
      const rules = {
        width: columns,
        long: long === undefined || truth(long),
        hyphens: hyphens === undefined || truth(hyphens),
      };
      const between = by === undefined || by === null ? "\n" : text(by);
      return lines(textOnly(value)).map((line) => wrapped(line, rules).join(between)).join(between);
    }),
  ],
  ["wordcount", filter([], (value) => text(value).match(WORD)?.length ?? 0)],
  [
    "indent",
    filter(["width", "first", "blank"], (value, bound) => {
      textOnly(value);
      return onText(value, (self) => indented(self, bound));
    }),
  ],
  ["striptags", filter([], (value) => tagless(text(value)))],
  [
    "replace",
    filter(["old", "new", "count"], (value, [from, to, count], at) => {
      if (from === undefined || to === undefined) {
        throw typeFault("replace() wants what to replace and by what");
      }
      const times = count === undefined || count === null ? -1 : wholeNumber(count);
      const marks = from instanceof Markup || to instanceof Markup;
      const safe = at.autoescape && (value instanceof Markup || marks);
      const print = safe ? at.escape : text;
      const replaced = replaceText(safe ? at.escape(value) : text(value), {
        from: print(from),
        to: print(to),
        count: times,
      });
      return safe ? new Markup(replaced) : replaced;
    }),
  ],
  [
    "format",
    filter(null, (value, _bound, at, { args, keywords }) => {
      if (args.length > 0 && keywords.size > 0) {
        throw typeFault("can't handle positional and keyword arguments at the same time");
      }
      const named = new Dict();
      for (const [name, held] of keywords) named.set(name, held);
      const given = keywords.size > 0 ? named : new Tuple(args);
      return onText(value, (self) => percent(self, given, value instanceof Markup ? at.escape : text));
    }),
  ],
  ["escape", filter([], (value, _bound, at) => new Markup(at.escape(value)))],
  ["forceescape", filter([], (value) => new Markup(escapeHtml(text(value))))],
  ["safe", filter([], (value) => value instanceof Markup ? value : new Markup(text(value)))],
];
