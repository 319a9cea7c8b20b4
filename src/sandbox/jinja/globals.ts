/** range, dict, namespace, cycler, joiner and lipsum. */
import { bind } from "./arguments.ts";
import { wholeNumber } from "./format.ts";
import { equals, truth } from "./printing.ts";
import { pairsOf } from "./lookup.ts";
import { Callable, Dict, limit, LIST_ITEMS_MAX, Members, TemplateFault, Undefined, View } from "./values.ts";

const LIPSUM_WORDS_MAX = 10_000;
const LIPSUM =
  "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et"
    .split(" ");

function range(args: readonly unknown[]): View {
  const [a = 0, b, c] = args.map(wholeNumber);
  const [from, to, step] = b === undefined ? [0, a, 1] : [a, b, c ?? 1];
  if (args.length === 0 || args.length > 3) {
    throw new TemplateFault("TypeError", "range expected 1 to 3 arguments");
  }
  if (step === 0) throw new TemplateFault("ValueError", "range() arg 3 must not be zero");
  const size = Math.max(0, Math.ceil((to - from) / step));
  limit(size, LIST_ITEMS_MAX, "a range");
  const values = Array.from({ length: size }, (_unused, index) => from + index * step);
  return new View(values, step === 1 ? `range(${from}, ${to})` : `range(${from}, ${to}, ${step})`);
}

function namespace(): Callable {
  return new Callable("namespace", ([first], keywords) => {
    const held = new Dict();
    for (const [key, value] of [...pairsOf(first), ...keywords]) held.set(key, value);
    return new Members("Namespace", (name) => held.get(name), {
      set: (name, value) => held.set(name, value),
    });
  });
}

function cycler(values: readonly unknown[]): Members {
  if (values.length === 0) throw new TemplateFault("RuntimeError", "at least one item has to be provided");
  let at = 0;
  const next = () => values[at++ % values.length];
  return new Members("Cycler", (name) => {
    if (name === "current") return values[at % values.length];
    if (name === "next") return new Callable("next", next);
    return name === "reset" ? new Callable("reset", () => (at = 0, null)) : undefined;
  });
}

function joiner(separator: unknown): Members {
  let used = false;
  const call = () => used ? separator : (used = true, "");
  return new Members("Joiner", () => undefined, { call });
}

/** Filler text, the same at every attempt of a delivery. */
function lipsum(bound: readonly unknown[]): string {
  const [n = 5, html = true, min = 20, max = 100] = bound;
  const [paragraphs, words] = [wholeNumber(n), Math.max(wholeNumber(min), Math.min(wholeNumber(max), 50))];
  limit(paragraphs * words, LIPSUM_WORDS_MAX, "words of filler text");
  const paragraph =
    Array.from({ length: words }, (_unused, index) => LIPSUM[index % LIPSUM.length]).join(" ") + ".";
  const all = Array.from({ length: paragraphs }, () => truth(html) ? `<p>${paragraph}</p>` : paragraph);
  return all.join("\n\n");
}

/** None of them keeps anything, so all renderings share them. */
export const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["range", new Callable("range", range)],
  [
    "dict",
    new Callable("dict", ([first], keywords) => {
      const made = new Dict();
      for (const [key, value] of [...pairsOf(first), ...keywords]) made.set(key, value);
      return made;
    }),
  ],
  ["namespace", namespace()],
  ["cycler", new Callable("cycler", cycler)],
  [
    "joiner",
    new Callable(
      "joiner",
      (args, keywords) => joiner(bind("joiner", ["sep"], { args, keywords })[0] ?? ", "),
    ),
  ],
  [
    "lipsum",
    new Callable(
      "lipsum",
      (args, keywords) => lipsum(bind("lipsum", ["n", "html", "min", "max"], { args, keywords })),
    ),
  ],
]);

/** What the turns of one loop share. */
export interface Turns {
  values: readonly unknown[];
  depth: number;
  changed: readonly unknown[] | null;
  again: ((list: unknown) => unknown) | null;
}

/** The object `loop` of one turn. */
export function loopMembers(turns: Turns, index: number): Members {
  const { again } = turns;
  const call = again === null ? null : ([list]: readonly unknown[]) => again(list);
  return new Members("LoopContext", (name) => loopMember(turns, index, name), { call });
}

function loopMember(turns: Turns, index: number, name: string): unknown {
  const { values, depth } = turns;
  switch (name) {
    case "index":
      return index + 1;
    case "index0":
      return index;
    case "revindex":
      return values.length - index;
    case "revindex0":
      return values.length - index - 1;
    case "first":
      return index === 0;
    case "last":
      return index === values.length - 1;
    case "length":
      return values.length;
    case "depth":
      return depth + 1;
    case "depth0":
      return depth;
    case "previtem":
      return index > 0 ? values[index - 1] : new Undefined("there is no previous item");
    case "nextitem":
      return index + 1 < values.length ? values[index + 1] : new Undefined("there is no next item");
    case "cycle":
      return new Callable("cycle", (args) => {
        if (args.length === 0) throw new TemplateFault("TypeError", "no items for cycling given");
        return args[index % args.length];
      });
    case "changed":
      return new Callable("changed", (args) => hasChanged(turns, args));
  }
  return undefined;
}

function hasChanged(turns: Turns, args: readonly unknown[]): boolean {
  const before = turns.changed;
  turns.changed = args;
  return before === null || before.length !== args.length || args.some((one, at) => !equals(one, before[at]));
}
