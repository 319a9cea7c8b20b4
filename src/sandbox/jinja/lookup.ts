/**
 * `value.name`, `value[key]` and `value[from:to:step]`. Only own data and the methods listed here are
 * reached; every other name is undefined. With a dot a method comes first, with brackets an entry does.
 */
import { wholeNumber } from "./format.ts";
import { isInteger } from "./numbers.ts";
import { characters, equals, items, order, text } from "./printing.ts";
import { markedLike, textMethod } from "./text_methods.ts";
import {
  Callable,
  Dict,
  entriesOf,
  entryOf,
  identity,
  isMapping,
  isText,
  type Keywords,
  limit,
  LIST_ITEMS_MAX,
  Markup,
  Members,
  Once,
  type PlainObject,
  TemplateFault,
  Tuple,
  typeFault,
  typeName,
  Undefined,
  View,
} from "./values.ts";

export type Escape = (value: unknown) => string;

type Args = readonly unknown[];
type ListMethod = (self: unknown[], args: Args, keywords: Keywords) => unknown;
type MappingMethod = (self: Dict | PlainObject, args: Args, keywords: Keywords) => unknown;

/** `value.name`. */
export function member(value: unknown, name: string, escape: Escape): unknown {
  if (value instanceof Undefined) throw value.fault();
  const method = methodOf(value, name, escape);
  if (method !== undefined) return method;
  if (value instanceof Members) return orMissing(value.get(name), value, name);
  if (value instanceof Callable) return orMissing(value.members.get(name), value, name);
  if (value instanceof Tuple) {
    const at = value.names.indexOf(name);
    return at < 0 ? missing(value, name) : value.items[at];
  }
  return orMissing(isMapping(value) ? entryOf(value, name) : undefined, value, name);
}

/** `value[key]`. */
export function item(value: unknown, key: unknown, escape: Escape): unknown {
  if (value instanceof Undefined) throw value.fault();
  if (isMapping(value)) {
    if (value instanceof Dict || isText(key)) {
      const held = entryOf(value, key);
      if (held !== undefined) return held;
    }
    return isText(key)
      ? methodOf(value, text(key), escape) ?? missing(value, text(key))
      : missing(value, key);
  }
  if (isInteger(key)) return numbered(value, Number(key));
  return isText(key) ? member(value, text(key), escape) : missing(value, key);
}

function numbered(value: unknown, index: number): unknown {
  const list = Array.isArray(value)
    ? value
    : value instanceof Tuple || (value instanceof View && value.shown.startsWith("range("))
    ? value.items
    : isText(value)
    ? characters(text(value))
    : [];
  const held = list[index < 0 ? list.length + index : index];
  if (held === undefined) return missing(value, index);
  return value instanceof Markup ? new Markup(held as string) : held;
}

function orMissing(held: unknown, value: unknown, name: string): unknown {
  return held === undefined ? missing(value, name) : held;
}

function missing(value: unknown, name: unknown): Undefined {
  const shown = typeof name === "string" ? `'${name}'` : String(name);
  return new Undefined(`'${typeName(value)} object' has no attribute ${shown}`);
}

/** `value[from:to:step]`. */
export function slice(value: unknown, bounds: readonly unknown[]): unknown {
  if (value instanceof Undefined) throw value.fault();
  const list = isText(value) ? characters(text(value)) : sliceable(value);
  const [from, to, step] = bounds.map((bound) => bound === null ? null : wholeNumber(bound));
  const picked = pick(list, { from: from ?? null, to: to ?? null, step: step ?? 1 });
  if (isText(value)) return markedLike(value, picked.join(""));
  return value instanceof Tuple ? new Tuple(picked) : picked;
}

function sliceable(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple || value instanceof View) return value.items;
  throw typeFault(`'${typeName(value)}' object is not subscriptable`);
}

interface Bounds {
  from: number | null;
  to: number | null;
  step: number;
}

function pick<T>(list: readonly T[], { from, to, step }: Bounds): T[] {
  if (step === 0) throw new TemplateFault("ValueError", "slice step cannot be zero");
  const size = list.length;
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const place = (bound: number | null, fallback: number) => {
    if (bound === null) return fallback;
    return Math.max(low, Math.min(high, bound < 0 ? bound + size : bound));
  };
  const start = place(from, step > 0 ? 0 : size - 1);
  const end = place(to, step > 0 ? size : -1);
  const picked: T[] = [];
  for (let index = start; step > 0 ? index < end : index > end; index += step) picked.push(list[index]!);
  return picked;
}

/** A method of `value`, bound to it. */
export function methodOf(value: unknown, name: string, escape: Escape): Callable | undefined {
  if (isText(value)) return boundText(value, name, escape);
  if (Array.isArray(value)) return bound(LIST_METHODS.get(name), name, value);
  if (value instanceof Tuple && (name === "count" || name === "index")) {
    return bound(LIST_METHODS.get(name), name, [...value.items]);
  }
  return isMapping(value) ? bound(MAPPING_METHODS.get(name), name, value) : undefined;
}

function bound<Self>(
  method: ((self: Self, args: Args, keywords: Keywords) => unknown) | undefined,
  name: string,
  self: Self,
): Callable | undefined {
  return method && new Callable(name, (args, keywords) => method(self, args, keywords));
}

function boundText(value: string | Markup, name: string, escape: Escape): Callable | undefined {
  const method = textMethod(name);
  const print = value instanceof Markup ? escape : text;
  return method && new Callable(name, (args, keywords) => {
    return markedLike(value, method(text(value), { args, keywords, print }));
  });
}

function lists(list: unknown[], more: number): void {
  limit(list.length + more, LIST_ITEMS_MAX, "a list");
}

function place(list: unknown[], value: unknown): number {
  const at = list.findIndex((one) => equals(one, value));
  if (at < 0) throw new TemplateFault("ValueError", "the value is not in the list");
  return at;
}

const LIST_METHODS: ReadonlyMap<string, ListMethod> = new Map<string, ListMethod>([
  ["index", (self, [value]) => place(self, value)],
  ["count", (self, [value]) => self.filter((one) => equals(one, value)).length],
  ["copy", (self) => [...self]],
  ["append", (self, [value]) => {
    lists(self, 1);
    self.push(value);
    return null;
  }],
  ["extend", (self, [more]) => {
    const added = [...items(more)];
    lists(self, added.length);
    for (const one of added) self.push(one);
    return null;
  }],
  ["insert", (self, [at, value]) => {
    lists(self, 1);
    self.splice(wholeNumber(at), 0, value);
    return null;
  }],
  ["pop", (self, [at]) => {
    const index = at === undefined ? -1 : wholeNumber(at);
    const taken = self.splice(index < 0 ? self.length + index : index, 1);
    if (taken.length === 0) throw new TemplateFault("IndexError", "pop index out of range");
    return taken[0];
  }],
  ["remove", (self, [value]) => {
    self.splice(place(self, value), 1);
    return null;
  }],
  ["clear", (self) => {
    self.length = 0;
    return null;
  }],
  ["reverse", (self) => {
    self.reverse();
    return null;
  }],
  ["sort", (self, _args, keywords) => {
    self.sort(order);
    if (keywords.get("reverse") === true) self.reverse();
    return null;
  }],
]);

/** Sets an entry without touching what objects inherit. */
export function setEntry(mapping: Dict | PlainObject, key: unknown, value: unknown): void {
  if (mapping instanceof Dict) return mapping.set(key, value);
  identity(key);
  Object.defineProperty(mapping, text(key), { value, enumerable: true, configurable: true, writable: true });
}

function removeEntry(mapping: Dict | PlainObject, key: unknown): void {
  if (mapping instanceof Dict) mapping.delete(key);
  else delete mapping[text(key)];
}

const MAPPING_METHODS: ReadonlyMap<string, MappingMethod> = new Map<string, MappingMethod>([
  ["get", (self, [key, fallback], keywords) => {
    const held = entryOf(self, key);
    if (held !== undefined) return held;
    return fallback !== undefined ? fallback : keywords.get("default") ?? null;
  }],
  ["keys", (self) => new View(entriesOf(self).map(([key]) => key), "dict_keys")],
  ["values", (self) => new View(entriesOf(self).map(([, value]) => value), "dict_values")],
  ["items", (self) => new View(entriesOf(self).map((entry) => new Tuple(entry)), "dict_items")],
  ["copy", (self) => {
    const copy = new Dict();
    for (const [key, value] of entriesOf(self)) copy.set(key, value);
    return copy;
  }],
  ["pop", (self, [key, fallback]) => {
    const held = entryOf(self, key);
    if (held === undefined && fallback === undefined) throw new TemplateFault("KeyError", text(key));
    removeEntry(self, key);
    return held === undefined ? fallback : held;
  }],
  ["setdefault", (self, [key, fallback = null]) => {
    const held = entryOf(self, key);
    if (held === undefined) setEntry(self, key, fallback);
    return held === undefined ? fallback : held;
  }],
  ["update", (self, [more], keywords) => {
    for (const [key, value] of pairsOf(more)) setEntry(self, key, value);
    for (const [key, value] of keywords) setEntry(self, key, value);
    return null;
  }],
  ["clear", (self) => {
    for (const [key] of entriesOf(self)) removeEntry(self, key);
    return null;
  }],
]);

/** Entries of a mapping, or of a list of pairs, as dict() takes them. */
export function pairsOf(given: unknown): [unknown, unknown][] {
  if (given === undefined) return [];
  if (isMapping(given)) return entriesOf(given);
  return items(given).map((pair) => {
    const [key, value] = items(pair);
    return [key, value];
  });
}

/** `callee(...args, **keywords)`. */
export function call(callee: unknown, args: Args, keywords: Keywords): unknown {
  if (callee instanceof Callable) return callee.call(args, keywords);
  if (callee instanceof Undefined) throw callee.fault();
  if (callee instanceof Members && callee.call !== null) return callee.call(args, keywords);
  throw typeFault(`'${callee instanceof Once ? "generator" : typeName(callee)}' object is not callable`);
}
