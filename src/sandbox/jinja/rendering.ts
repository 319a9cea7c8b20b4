/**
 * One rendering: what the generated code calls for every operator, look-up, loop, macro and piece of output.
 * It belongs to one run with one context and ends with it.
 */
import { bind } from "./arguments.ts";
import { type Given, NO_ARGUMENTS, type Surroundings } from "./filter.ts";
import { runFilter } from "./filters.ts";
import { GLOBALS, loopMembers, type Turns } from "./globals.ts";
import { call, item, member, slice } from "./lookup.ts";
import { float, integerOf } from "./numbers.ts";
import { binary, compare, type Comparison, concatenated, unary } from "./operators.ts";
import { items, text, truth } from "./printing.ts";
import { runTest } from "./tests.ts";
import {
  Callable,
  Dict,
  entriesOf,
  isMapping,
  limit,
  Markup,
  Members,
  OUTPUT_BYTES_MAX,
  type PlainObject,
  TemplateFault,
  Tuple,
  typeFault,
  Undefined,
} from "./values.ts";

const CALLS_MAX = 40;

interface LoopParts {
  body(value: unknown, loop: Members): string;
  test: ((value: unknown) => boolean) | null;
  otherwise: (() => string) | null;
  recursive: boolean;
}

interface MacroSpec {
  name: string;
  names: readonly string[];
  uses: { caller: boolean; varargs: boolean; kwargs: boolean };
}

interface MacroCall {
  args: readonly unknown[];
  caller: unknown;
  varargs: Tuple;
  kwargs: Dict;
}

export interface RenderingOptions {
  autoescape: boolean;
  escapeText: (text: string) => string;
}

export class Rendering implements Surroundings {
  readonly none = NO_ARGUMENTS;
  readonly truth = truth;
  autoescape: boolean;
  line = 0;
  #context: PlainObject;
  #escapeText: (text: string) => string;
  #written = 0;
  #calls = 0;
  #blocks = new Map<string, Callable>();

  constructor(context: PlainObject, { autoescape, escapeText }: RenderingOptions) {
    this.#context = context;
    this.autoescape = autoescape;
    this.#escapeText = escapeText;
  }

  readonly escape = (value: unknown): string =>
    value instanceof Markup ? value.text : this.#escapeText(text(value));

  name(name: string): unknown {
    if (Object.hasOwn(this.#context, name)) return this.#context[name];
    if (name === "self") return new Members("TemplateReference", (block) => this.#blocks.get(block));
    return GLOBALS.get(name) ?? new Undefined(`'${name}' is undefined`);
  }

  data(written: string): string {
    this.#written += written.length;
    limit(this.#written, OUTPUT_BYTES_MAX, "an output");
    return written;
  }

  out(value: unknown): string {
    return this.data(this.autoescape ? this.escape(value) : text(value));
  }

  raw(value: unknown): string {
    return this.data(text(value));
  }

  markup(body: string): string | Markup {
    return this.autoescape ? new Markup(body) : body;
  }

  escaping(value: unknown, body: () => string): string {
    const before = this.autoescape;
    this.autoescape = truth(value);
    try {
      return body();
    } finally {
      this.autoescape = before;
    }
  }

  block(name: string, body: () => string): string {
    this.#blocks.set(name, new Callable(name, () => this.#deeper(() => this.markup(body()))));
    return body();
  }

  #deeper<T>(run: () => T): T {
    if (++this.#calls > CALLS_MAX) {
      throw new TemplateFault("LimitError", `calls nest deeper than ${CALLS_MAX}`);
    }
    const answer = run();
    this.#calls--;
    return answer;
  }

  loop(given: unknown, parts: LoopParts, depth = 0): string {
    const all = items(given);
    const values = parts.test === null ? all : all.filter(parts.test);
    if (values.length === 0) return parts.otherwise?.() ?? "";
    const again = parts.recursive
      ? (list: unknown) => this.#deeper(() => this.markup(this.loop(list, parts, depth + 1)))
      : null;
    const turns: Turns = { values, depth, changed: null, again };
    let output = "";
    for (let index = 0; index < values.length; index++) {
      output += parts.body(values[index], loopMembers(turns, index));
    }
    return output;
  }

  macro({ name, names, uses }: MacroSpec, body: (given: MacroCall) => string): Callable {
    const caught = uses.caller ? [...names, "caller"] : names;
    return new Callable(name, (args, keywords) => {
      if (args.length > names.length && !uses.varargs) {
        throw typeFault(`macro '${name}' takes not more than ${names.length} argument(s)`);
      }
      const own = new Map([...keywords].filter(([key]) => caught.includes(key)));
      const kwargs = new Dict();
      for (const [key, value] of keywords) {
        if (own.has(key)) continue;
        if (!uses.kwargs) throw typeFault(`macro '${name}' takes no keyword argument '${key}'`);
        kwargs.set(key, value);
      }
      const caller = own.get("caller") ?? new Undefined("No caller defined");
      own.delete("caller");
      const bound = bind(name, names, { args: args.slice(0, names.length), keywords: own });
      const varargs = new Tuple(args.slice(names.length));
      return this.#deeper(() => this.markup(body({ args: bound, caller, varargs, kwargs })));
    });
  }

  noArgument(name: string): Undefined {
    return new Undefined(`parameter '${name}' was not provided`);
  }

  noElse(): Undefined {
    return new Undefined("the inline if-expression evaluated to false and no else section was defined.");
  }

  given(
    args: readonly unknown[],
    keywords: readonly (readonly [string, unknown])[],
    spread: unknown = null,
    more: unknown = null,
  ): Given {
    const all = new Map(keywords);
    if (more !== null) {
      if (!isMapping(more)) throw typeFault("argument after ** must be a mapping");
      for (const [key, value] of entriesOf(more)) all.set(text(key), value);
    }
    return { args: spread === null ? args : [...args, ...items(spread)], keywords: all };
  }

  call(callee: unknown, { args, keywords }: Given): unknown {
    return call(callee, args, keywords);
  }

  filter(name: string, value: unknown, given: Given): unknown {
    return runFilter(name, value, { given, at: this });
  }

  test(name: string, value: unknown, given: Given): boolean {
    return runTest(name, value, { given, at: this });
  }

  member(value: unknown, name: string): unknown {
    return member(value, name, this.escape);
  }

  item(value: unknown, key: unknown): unknown {
    return item(value, key, this.escape);
  }

  slice(value: unknown, bounds: readonly unknown[]): unknown {
    return slice(value, bounds);
  }

  setMember(holder: unknown, name: string, value: unknown): void {
    if (!(holder instanceof Members) || holder.set === null) {
      throw new TemplateFault("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
    }
    holder.set(name, value);
  }

  unpack(value: unknown, count: number): readonly unknown[] {
    const parts = items(value);
    if (parts.length === count) return parts;
    const problem = parts.length < count ? "not enough values to unpack" : "too many values to unpack";
    throw new TemplateFault("ValueError", `${problem} (expected ${count})`);
  }

  and(left: unknown, right: () => unknown): unknown {
    return truth(left) ? right() : left;
  }

  or(left: unknown, right: () => unknown): unknown {
    return truth(left) ? left : right();
  }

  compare(first: unknown, rest: readonly (readonly [Comparison, () => unknown])[]): boolean {
    let left = first;
    for (const [op, read] of rest) {
      const right = read();
      if (!compare(op, left, right)) return false;
      left = right;
    }
    return true;
  }

  binary(op: Parameters<typeof binary>[0], left: unknown, right: unknown): unknown {
    return binary(op, [left, right], this.escape);
  }

  unary(op: "-" | "+", value: unknown): unknown {
    return unary(op, value);
  }

  concat(values: readonly unknown[]): unknown {
    return concatenated(values, this.autoescape ? this.escape : null);
  }

  join(values: readonly unknown[]): unknown {
    return concatenated(values, null);
  }

  tuple(values: readonly unknown[]): Tuple {
    return new Tuple(values);
  }

  dict(pairs: readonly (readonly [unknown, unknown])[]): Dict {
    const made = new Dict();
    for (const [key, value] of pairs) made.set(key, value);
    return made;
  }

  number({ int, float: real }: { int?: string; float?: string }): unknown {
    const value = int === undefined ? float(Number(real)) : integerOf(int, 0);
    if (value === undefined) throw new TemplateFault("LimitError", "a number of too many digits");
    return value;
  }
}
