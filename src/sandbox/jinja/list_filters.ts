/** Filters on lists and mappings. */
import {
  attributeReader,
  type Filter,
  filter,
  foldCase,
  type Given,
  list,
  type Surroundings,
} from "./filter.ts";
import { wholeNumber } from "./format.ts";
import { characters, equals, items, length, order, text, truth } from "./printing.ts";
import { binary } from "./operators.ts";
import {
  entriesOf,
  identity,
  isMapping,
  isText,
  limit,
  LIST_ITEMS_MAX,
  Markup,
  Once,
  TemplateFault,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
  Undefined,
} from "./values.ts";

type Reader = (value: unknown) => unknown;

/** `value` as it is compared: without case unless told otherwise. */
function comparing(read: Reader, caseSensitive: unknown): Reader {
  if (caseSensitive !== undefined && truth(caseSensitive)) return read;
  return (value) => {
    const reached = read(value);
    return reached instanceof Tuple ? new Tuple(reached.items.map(foldCase)) : foldCase(reached);
  };
}

function sorted(values: readonly unknown[], key: Reader, reverse: boolean): unknown[] {
  const keyed = values.map((value) => [key(value), value] as const);
  const sign = reverse ? -1 : 1;
  return keyed.sort(([a], [b]) => sign * order(a, b)).map(([, value]) => value);
}

function several(attribute: unknown, at: Surroundings): Reader {
  if (!isText(attribute) || !text(attribute).includes(",")) return attributeReader(attribute, at);
  const readers = text(attribute).split(",").map((one) => attributeReader(one, at));
  return (value) => new Tuple(readers.map((read) => read(value)));
}

function extreme(sign: 1 | -1): Filter["run"] {
  return (value, [caseSensitive, attribute], at) => {
    const key = comparing(attributeReader(attribute, at), caseSensitive);
    const values = list(value);
    if (values.length === 0) return new Undefined("No aggregated item, sequence was empty.");
    let best = values[0];
    for (const one of values.slice(1)) if (sign * order(key(one), key(best)) > 0) best = one;
    return best;
  };
}

function mapped(value: unknown, at: Surroundings, { args, keywords }: Given): Once {
  // As in Jinja2, what is not true has no items here.
  const values = truth(value) ? list(value) : [];
  if (args.length === 0 && keywords.has("attribute")) {
    for (const name of keywords.keys()) {
      if (name !== "attribute" && name !== "default") {
        throw wrongArgument(`map() got an unexpected '${name}'`);
      }
    }
    return new Once(values.map(attributeReader(keywords.get("attribute"), at, keywords.get("default"))));
  }
  if (args.length === 0 || !isText(args[0])) throw wrongArgument("map requires a filter argument");
  const rest = { args: args.slice(1), keywords };
  return new Once(values.map((one) => at.filter(text(args[0]), one, rest)));
}

function wrongArgument(message: string): TemplateFault {
  return new TemplateFault("FilterArgumentError", message);
}

function picked(want: boolean, byAttribute: boolean): Filter["run"] {
  return (value, _bound, at, { args, keywords }) => {
    if (byAttribute && args.length === 0) throw wrongArgument("Missing parameter for attribute name");
    const read = byAttribute ? attributeReader(args[0], at) : (one: unknown) => one;
    const [name, ...rest] = byAttribute ? args.slice(1) : args;
    const judge = name === undefined
      ? truth
      : (one: unknown) => at.test(text(name), one, { args: rest, keywords });
    const values = truth(value) ? list(value) : [];
    return new Once(values.filter((one) => judge(read(one)) === want));
  };
}

function grouped(value: unknown, bound: readonly unknown[], at: Surroundings): unknown[] {
  const [attribute, fallback, caseSensitive] = bound;
  const read = attributeReader(attribute, at, fallback);
  const key = comparing(read, caseSensitive);
  const groups: { key: unknown; items: unknown[] }[] = [];
  for (const one of sorted(list(value), key, false)) {
    const last = groups.at(-1);
    if (last !== undefined && equals(last.key, key(one))) last.items.push(one);
    else groups.push({ key: key(one), items: [one] });
  }
  const shown = (group: { key: unknown; items: unknown[] }) =>
    caseSensitive !== undefined && truth(caseSensitive) ? group.key : read(group.items[0]);
  return groups.map((group) => new Tuple([shown(group), group.items], ["grouper", "list"]));
}

function joined(value: unknown, [by, attribute]: readonly unknown[], at: Surroundings): unknown {
  const values = list(value).map(attributeReader(attribute, at));
  const between = by ?? "";
  const safe = at.autoescape && (between instanceof Markup || values.some((one) => one instanceof Markup));
  const print = safe ? at.escape : text;
  let out = "";
  values.forEach((one, index) => {
    out += (index > 0 ? print(between) : "") + print(one);
    limit(out.length, TEXT_CHARACTERS_MAX, "a text");
  });
  return safe ? new Markup(out) : out;
}

function summed(value: unknown, [attribute, start]: readonly unknown[], at: Surroundings): unknown {
  let sum: unknown = start ?? 0;
  for (const one of list(value).map(attributeReader(attribute, at))) sum = binary("+", [sum, one], at.escape);
  return sum;
}

function unique(value: unknown, [caseSensitive, attribute]: readonly unknown[], at: Surroundings): Once {
  const key = comparing(attributeReader(attribute, at), caseSensitive);
  const seen = new Set<unknown>();
  return new Once(
    list(value).filter((one) => {
      const id = identity(key(one));
      return seen.has(id) ? false : seen.add(id) !== undefined;
    }),
  );
}

function batched(value: unknown, [count, fill]: readonly unknown[]): Once {
  const size = wholeNumber(count);
  const values = list(value);
  const batches: unknown[][] = [];
  for (let from = 0; from < values.length; from += Math.max(1, size)) {
    batches.push(values.slice(from, from + Math.max(1, size)));
  }
  const last = batches.at(-1);
  if (last !== undefined && fill !== undefined && fill !== null) {
    limit(size, LIST_ITEMS_MAX, "a list");
    while (last.length < size) last.push(fill);
  }
  return new Once(batches);
}

function sliced(value: unknown, [count, fill]: readonly unknown[]): Once {
  const slices = wholeNumber(count);
  limit(slices, LIST_ITEMS_MAX, "a list");
  if (slices <= 0) throw new TemplateFault("ZeroDivisionError", "division by zero");
  const values = list(value);
  const [size, more] = [Math.floor(values.length / slices), values.length % slices];
  let from = 0;
  return new Once(Array.from({ length: slices }, (_unused, number) => {
    const part = values.slice(from, from += size + (number < more ? 1 : 0));
    if (fill !== undefined && fill !== null && number >= more && more > 0) part.push(fill);
    return part;
  }));
}

function sortedEntries(value: unknown, [caseSensitive, by, reverse]: readonly unknown[]): unknown[] {
  if (!isMapping(value)) throw typeFault(`dictsort wants a mapping, not ${typeName(value)}`);
  const side = by === undefined ? "key" : text(by);
  if (side !== "key" && side !== "value") throw wrongArgument("You can only sort by either 'key' or 'value'");
  const key = comparing((pair) => (pair as Tuple).items[side === "key" ? 0 : 1], caseSensitive);
  return sorted(
    entriesOf(value).map((entry) => new Tuple(entry)),
    key,
    reverse !== undefined && truth(reverse),
  );
}

function reversed(value: unknown): unknown {
  if (!isText(value)) return new Once(list(value).reverse());
  const turned = [...characters(text(value))].reverse().join("");
  return value instanceof Markup ? new Markup(turned) : turned;
}

export const LIST_FILTERS: readonly (readonly [string, Filter])[] = [
  ["length", filter([], length)],
  ["list", filter([], list)],
  ["first", filter([], (value) => orNoItem(items(value)[0], value))],
  [
    "last",
    filter([], (value) => {
      if (value instanceof Once) {
        throw typeFault("'generator' object is not reversible: put |list before |last");
      }
      return orNoItem(items(value).at(-1), value);
    }),
  ],
  // The same choice at every attempt of a delivery: a repeat must not say something else.
  ["random", filter([], (value) => orNoItem(items(value)[Math.floor(length(value) / 2)], value))],
  ["reverse", filter([], reversed)],
  [
    "sort",
    filter(["reverse", "case_sensitive", "attribute"], (value, [reverse, caseSensitive, attribute], at) => {
      const key = comparing(several(attribute, at), caseSensitive);
      return sorted(list(value), key, reverse !== undefined && truth(reverse));
    }),
  ],
  ["unique", filter(["case_sensitive", "attribute"], unique)],
  ["min", filter(["case_sensitive", "attribute"], extreme(-1))],
  ["max", filter(["case_sensitive", "attribute"], extreme(1))],
  ["sum", filter(["attribute", "start"], summed)],
  ["join", filter(["d", "attribute"], joined)],
  ["map", filter(null, (value, _bound, at, given) => mapped(value, at, given))],
  ["select", filter(null, picked(true, false))],
  ["reject", filter(null, picked(false, false))],
  ["selectattr", filter(null, picked(true, true))],
  ["rejectattr", filter(null, picked(false, true))],
  ["groupby", filter(["attribute", "default", "case_sensitive"], grouped)],
  ["batch", filter(["linecount", "fill_with"], batched)],
  ["slice", filter(["slices", "fill_with"], sliced)],
  ["dictsort", filter(["case_sensitive", "by", "reverse"], sortedEntries)],
  [
    "items",
    filter([], (value) => {
      if (value instanceof Undefined) return new Once([]);
      if (!isMapping(value)) throw typeFault("Can only get item pairs from a mapping.");
      return new Once(entriesOf(value).map((entry) => new Tuple(entry)));
    }),
  ],
];

function orNoItem(item: unknown, value: unknown): unknown {
  return item !== undefined ? item : new Undefined(`No item: the ${typeName(value)} was empty.`);
}
