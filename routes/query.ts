/** Query parameters: a closed set for each route, each at most once, read to types. */
import { timeOf } from "../src/base/event_time.ts";
import { badRequest, type Problem } from "../src/base/problem.ts";
import { nearestName } from "../src/model/nearest_name.ts";

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 500;

export class Query {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** @throws Problem 400 for a parameter that is not `known`, or that stands twice */
  static of(url: string, known: readonly string[]): Query {
    const mark = url.indexOf("?");
    if (mark < 0) return NO_QUERY;
    const values = new Map<string, string>();
    for (const [name, value] of pairs(url.slice(mark + 1))) {
      if (!known.includes(name)) throw unknownParameter(name, known);
      if (values.has(name)) throw bad(name, "it stands twice");
      values.set(name, value);
    }
    return new Query(values);
  }

  static readonly none: Query = new Query(new Map());

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === "") throw bad(name, "expected a text: it is empty");
    return value;
  }

  integer(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw bad(name, `expected a whole number from ${min} to ${max}`, text);
    }
    return value;
  }

  boolean(name: string): boolean | undefined {
    return this.oneOf(name, ["true", "false"]) === undefined ? undefined : this.#values.get(name) === "true";
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = values.find((value) => value === text);
    if (found === undefined) throw bad(name, `expected ${values.join(" or ")}`, text);
    return found;
  }

  /** ms since the epoch */
  time(name: string): number | undefined {
    // A "+" that was not escaped came as a blank: before a zone it can be nothing else.
    const text = this.text(name)?.replace(/(\d:\d{2}\S*) (\d{2}:?\d{2})$/, "$1+$2");
    if (text === undefined) return undefined;
    const time = timeOf(text, null);
    if (Number.isNaN(time)) throw bad(name, "expected a time like 2026-01-31T12:00:00Z", text);
    return time;
  }

  limit(): number {
    return this.integer("limit", { min: 1, max: LIMIT_MAX }) ?? LIMIT_DEFAULT;
  }
}

/** Most queries have nothing to decode, and then the platform's parser is a detour. */
function pairs(search: string): Iterable<[string, string]> {
  if (/[%+#]/.test(search)) return new URLSearchParams(search);
  return search.split("&").filter((part) => part !== "").map((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
}

const NO_QUERY = Query.none;

function bad(name: string, wish: string, value?: string): Problem {
  const current = value === undefined ? "" : `: current value is ${JSON.stringify(value.slice(0, 60))}`;
  return badRequest("bad_parameter", `Cannot read query parameter "${name}": ${wish}${current}`);
}

function unknownParameter(name: string, known: readonly string[]): Problem {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? "none is known here" : `did you mean "${nearest}"?`;
  const shown = JSON.stringify(name.slice(0, 60));
  return badRequest("unknown_parameter", `Unknown query parameter ${shown}: ${hint}`);
}
