/**
 * The values of a template. JSON values stand for themselves; what JavaScript cannot tell apart has a class:
 * undefined with its name, text that is safe, floats that are whole, tuples, mappings with keys of any kind,
 * and sequences that can be read once. The data of an alert stay plain objects, read by own members only.
 *
 * Everything in this folder but the engine's door runs inside QuickJS.
 */

/** A fault of the template, told to its author; `kind` is Python's name of it. */
export class TemplateFault extends Error {
  kind: string;
  line: number | null = null;
  constructor(kind: string, message: string) {
    super(message);
    this.name = "TemplateFault";
    this.kind = kind;
  }
}

/** Text, lists and whole outputs stay below these; past them rendering ends with a LimitError. */
export const TEXT_CHARACTERS_MAX = 1_048_576;
export const LIST_ITEMS_MAX = 100_000;
export const OUTPUT_BYTES_MAX = 262_144;
export const INTEGER_BITS_MAX = 8192;

export function limit(size: number, max: number, what: string): void {
  if (!(size <= max)) throw new TemplateFault("LimitError", `${what} of more than ${max}`);
}

export function typeFault(message: string): TemplateFault {
  return new TemplateFault("TypeError", message);
}

/** A name or member that is not there: prints nothing, and has no members of its own. */
export class Undefined {
  hint: string;
  constructor(hint: string) {
    this.hint = hint;
  }
  fault(): TemplateFault {
    return new TemplateFault("UndefinedError", this.hint);
  }
}

/** Text that is already escaped for its channel. */
export class Markup {
  text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A float of a whole value, such as 2.0; any other float is a plain number. */
export class Float {
  value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple {
  items: readonly unknown[];
  /** Names of its members, where it has any. */
  names: readonly string[];
  constructor(items: readonly unknown[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/** What can be read once, such as the answer of `map`. */
export class Once {
  #items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.#items = items;
  }
  take(): readonly unknown[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}

/** keys(), values() and items() of a mapping, and range(): can be read again and measured. */
export class View {
  items: readonly unknown[];
  shown: string;
  constructor(items: readonly unknown[], shown: string) {
    this.items = items;
    this.shown = shown;
  }
}

export type Keywords = ReadonlyMap<string, unknown>;
export type Call = (args: readonly unknown[], keywords: Keywords) => unknown;

/** What a template can call. */
export class Callable {
  name: string;
  call: Call;
  /** Members such as `loop.index`, by own name. */
  members: ReadonlyMap<string, unknown>;
  constructor(name: string, call: Call, members: ReadonlyMap<string, unknown> = new Map()) {
    this.name = name;
    this.call = call;
    this.members = members;
  }
}

/** An object with members that read live, such as `loop`, a namespace or a cycler. */
export class Members {
  name: string;
  get: (name: string) => unknown;
  set: ((name: string, value: unknown) => void) | null;
  call: Call | null;
  constructor(
    name: string,
    get: (name: string) => unknown,
    { set = null, call = null }: {
      set?: ((name: string, value: unknown) => void) | null;
      call?: Call | null;
    } = {},
  ) {
    this.name = name;
    this.get = get;
    this.set = set;
    this.call = call;
  }
}

/** A mapping made by the template. Keys are told apart as Python does: 1, 1.0 and true are one. */
export class Dict {
  #entries = new Map<unknown, [unknown, unknown]>();
  get(key: unknown): unknown {
    return this.#entries.get(identity(key))?.[1];
  }
  has(key: unknown): boolean {
    return this.#entries.has(identity(key));
  }
  set(key: unknown, value: unknown): void {
    const id = identity(key);
    const known = this.#entries.get(id);
    this.#entries.set(id, [known === undefined ? key : known[0], value]);
    limit(this.#entries.size, LIST_ITEMS_MAX, "a mapping");
  }
  delete(key: unknown): void {
    this.#entries.delete(identity(key));
  }
  entries(): [unknown, unknown][] {
    return [...this.#entries.values()];
  }
  get size(): number {
    return this.#entries.size;
  }
}

/** What makes a key the same as another. @throws TemplateFault for lists and mappings */
export function identity(key: unknown): unknown {
  if (typeof key === "boolean") return key ? 1 : 0;
  if (key instanceof Float) return key.value === 0 ? 0 : key.value;
  if (key instanceof Markup) return `s${key.text}`;
  if (typeof key === "string") return `s${key}`;
  if (key instanceof Tuple) return `t${JSON.stringify(key.items.map((item) => String(identity(item))))}`;
  if (Array.isArray(key) || isMapping(key)) throw typeFault(`unhashable type: '${typeName(key)}'`);
  return key;
}

export type PlainObject = Record<string, unknown>;

/** A mapping of the data given to the template. */
export function isPlain(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function isMapping(value: unknown): value is Dict | PlainObject {
  return value instanceof Dict || isPlain(value);
}

export function isText(value: unknown): value is string | Markup {
  return typeof value === "string" || value instanceof Markup;
}

export function entriesOf(mapping: Dict | PlainObject): [unknown, unknown][] {
  return mapping instanceof Dict ? mapping.entries() : Object.entries(mapping);
}

export function sizeOf(mapping: Dict | PlainObject): number {
  return mapping instanceof Dict ? mapping.size : Object.keys(mapping).length;
}

/** The value under `key`; undefined (of JavaScript) where there is none. */
export function entryOf(mapping: Dict | PlainObject, key: unknown): unknown {
  if (mapping instanceof Dict) return mapping.get(key);
  const name = key instanceof Markup ? key.text : key;
  return typeof name === "string" && Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}

/** Python's name of the type of a value. */
export function typeName(value: unknown): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? "int" : "float";
  }
  if (typeof value === "string") return "str";
  if (value instanceof Float) return "float";
  if (value instanceof Markup) return "Markup";
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Tuple) return "tuple";
  if (Array.isArray(value)) return "list";
  if (isMapping(value)) return "dict";
  if (value instanceof Once) return "generator";
  if (value instanceof View) return "view";
  return value instanceof Members ? value.name : "function";
}
