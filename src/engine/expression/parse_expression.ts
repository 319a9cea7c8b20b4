/**
 * Text to expression: a Pratt parser (Pratt 1973, "Top down operator precedence"). It never throws, and
 * says where a text stops to make sense. Bounds of length, depth and size keep every later step cheap.
 *
 * From weak to strong: `? :`, `or ||`, `and &&`, `not`, comparisons and `in` (which do not chain), `+ -`,
 * `* / %`, unary `- !`, `**` (from the right).
 */
import type { JsonScalar } from "../../base/json.ts";
import { assert } from "../../base/assert.ts";
import {
  type BinaryOperator,
  type Expression,
  EXPRESSION_CHARACTERS_MAX,
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_NODES_MAX,
  ExpressionFault,
} from "./expression.ts";
import { FUNCTION_NAMES, signatureOf } from "./functions.ts";
import { nearestOf } from "./_nearest.ts";
import { type Token, tokensOf } from "./_tokens.ts";

export type ExpressionReading =
  /** `names`: every field path that it reads, in order of appearance. */
  | { ok: true; program: Expression; names: string[] }
  /** `at`: index into the text. */
  | { ok: false; message: string; at: number };

const POWER = {
  choice: 1,
  or: 2,
  and: 3,
  not: 4,
  compare: 5,
  sum: 6,
  product: 7,
  unary: 8,
  power: 9,
} as const;

/** Operators between two expressions, by their spelling. */
const BETWEEN: Readonly<Record<string, { op: BinaryOperator; power: number }>> = {
  "||": { op: "||", power: POWER.or },
  "or": { op: "||", power: POWER.or },
  "&&": { op: "&&", power: POWER.and },
  "and": { op: "&&", power: POWER.and },
  "==": { op: "==", power: POWER.compare },
  "=": { op: "==", power: POWER.compare },
  "!=": { op: "!=", power: POWER.compare },
  "<": { op: "<", power: POWER.compare },
  "<=": { op: "<=", power: POWER.compare },
  ">": { op: ">", power: POWER.compare },
  ">=": { op: ">=", power: POWER.compare },
  "+": { op: "+", power: POWER.sum },
  "-": { op: "-", power: POWER.sum },
  "*": { op: "*", power: POWER.product },
  "/": { op: "/", power: POWER.product },
  "%": { op: "%", power: POWER.product },
  "**": { op: "**", power: POWER.power },
};

const CONSTANTS: ReadonlyMap<string, JsonScalar> = new Map([["true", true], ["false", false]]);
const WORDS = new Set(["and", "or", "not", "in"]);

export function parseExpression(text: string): ExpressionReading {
  try {
    if (text.length > EXPRESSION_CHARACTERS_MAX) {
      const wish = `at most ${EXPRESSION_CHARACTERS_MAX} characters, it has ${text.length}`;
      throw new ExpressionFault(EXPRESSION_CHARACTERS_MAX, wish);
    }
    const parser = new Parser(tokensOf(text));
    const program = parser.whole();
    return { ok: true, program, names: [...parser.names] };
  } catch (fault) {
    if (!(fault instanceof ExpressionFault)) throw fault;
    const message = `Cannot read the formula at character ${fault.at + 1}: ${fault.message}`;
    return { ok: false, message, at: fault.at };
  }
}

class Parser {
  readonly names = new Set<string>();
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const program = this.#expression(0);
    const token = this.#peek();
    if (token.kind !== "end") throw new ExpressionFault(token.at, `unexpected ${shown(token)}`);
    return program;
  }

  /** As much as operators of at least this power bind together. */
  #expression(power: number): Expression {
    if (++this.#depth > EXPRESSION_DEPTH_MAX) {
      throw new ExpressionFault(this.#peek().at, `nested deeper than ${EXPRESSION_DEPTH_MAX}`);
    }
    let left = this.#prefix();
    for (;;) {
      const more = this.#infix(left, power);
      if (more === null) break;
      left = more;
    }
    this.#depth--;
    return left;
  }

  /** What follows `left`, if it binds strongly enough. */
  #infix(left: Expression, least: number): Expression | null {
    const token = this.#peek();
    if (least <= POWER.choice && this.#takes("?")) return this.#choice(left);
    if (least <= POWER.compare && this.#takesIn()) return this.#notChained(this.#member(left, token));
    const spelling = spellingOf(token);
    const found = Object.hasOwn(BETWEEN, spelling) ? BETWEEN[spelling]! : null;
    if (found === null || found.power < least) return null;
    this.#next++;
    const right = this.#expression(found.power === POWER.power ? found.power : found.power + 1);
    const node = this.#node({ kind: "binary", op: found.op, left, right }, token.at);
    return found.power === POWER.compare ? this.#notChained(node) : node;
  }

  #choice(test: Expression): Expression {
    const { at } = this.#peek();
    const then = this.#expression(POWER.choice);
    this.#expect(":");
    return this.#node({ kind: "choice", test, then, otherwise: this.#expression(POWER.choice) }, at);
  }

  /** `in` or `not in`, left for {@linkcode Parser.#member} to look at. */
  #takesIn(): boolean {
    const [first, second] = [this.#peek(), this.#tokens[this.#next + 1]];
    const negated = spellingOf(first) === "not" && second !== undefined && spellingOf(second) === "in";
    if (!negated && spellingOf(first) !== "in") return false;
    this.#next += negated ? 2 : 1;
    return true;
  }

  #member(of: Expression, word: Token): Expression {
    const open = this.#peek();
    const close = this.#takes("[") ? "]" : this.#takes("(") ? ")" : null;
    if (close === null) throw new ExpressionFault(open.at, "in needs a list such as [1, 2]");
    const { items } = this.#list(close);
    const member = this.#node({ kind: "member", of, list: items }, word.at);
    return spellingOf(word) === "in" ? member : this.#node({ kind: "unary", op: "!", of: member }, word.at);
  }

  #notChained(node: Expression): Expression {
    const token = this.#peek();
    const spelling = spellingOf(token);
    const power = Object.hasOwn(BETWEEN, spelling) ? BETWEEN[spelling]!.power : 0;
    if (power !== POWER.compare) return node;
    throw new ExpressionFault(token.at, "comparisons do not chain, write a < b and b < c");
  }

  #prefix(): Expression {
    const token = this.#peek();
    this.#next++;
    switch (token.kind) {
      case "number":
      case "text":
        return this.#node({ kind: "constant", value: token.value }, token.at);
      case "name":
        return this.#named(token);
      case "sign":
        return this.#signed(token.sign, token.at);
      case "end":
        throw new ExpressionFault(token.at, "expected a value, but the formula ends");
    }
  }

  #named(token: Token & { kind: "name" }): Expression {
    const { name, quoted, at } = token;
    if (!quoted && name === "null") return this.#node({ kind: "constant", value: null }, at);
    if (!quoted && name === "not") return this.#unary("!", { power: POWER.not, at });
    if (!quoted && WORDS.has(name)) throw new ExpressionFault(at, `expected a value before "${name}"`);
    const value = quoted ? undefined : CONSTANTS.get(name);
    if (value !== undefined) return this.#node({ kind: "constant", value }, at);
    if (!quoted && this.#takes("(")) return this.#call(name, at);
    this.names.add(name);
    return this.#node({ kind: "name", name }, at);
  }

  #signed(sign: string, at: number): Expression {
    if (sign === "-" || sign === "!") return this.#unary(sign, { power: POWER.unary, at });
    if (sign === "(") {
      const inner = this.#expression(0);
      this.#expect(")");
      return inner;
    }
    throw new ExpressionFault(at, `expected a value, found "${sign}"`);
  }

  #unary(op: "-" | "!", { power, at }: { power: number; at: number }): Expression {
    const of = this.#expression(power);
    const negative = op === "-" && of.kind === "constant" && typeof of.value === "number";
    if (negative) return { kind: "constant", value: 0 - Number(of.value) };
    return this.#node({ kind: "unary", op, of }, at);
  }

  #call(written: string, at: number): Expression {
    const name = written.toLowerCase();
    const signature = signatureOf(name);
    if (signature === undefined) {
      const near = nearestOf(name, FUNCTION_NAMES);
      const wish = near === undefined
        ? `functions are ${FUNCTION_NAMES.join(", ")}`
        : `did you mean ${near}?`;
      throw new ExpressionFault(at, `there is no function "${written}", ${wish}`);
    }
    const { items: args, starts } = this.#list(")");
    const { min, max } = signature;
    if (args.length < min || args.length > max) {
      const wish = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
      throw new ExpressionFault(at, `${name} takes ${wish} arguments, not ${args.length}`);
    }
    const fault = signature.check?.(args);
    if (fault !== undefined && fault !== null) {
      throw new ExpressionFault(starts[fault.argument]!, fault.message);
    }
    if (name !== "if") return this.#node({ kind: "call", name, args }, at);
    const [test, then, otherwise] = args;
    assert(test && then && otherwise, "if has three arguments");
    return this.#node({ kind: "choice", test, then, otherwise }, at);
  }

  /** Expressions between commas up to `close`, and where each begins. */
  #list(close: string): { items: Expression[]; starts: number[] } {
    const items: Expression[] = [];
    const starts: number[] = [];
    if (this.#takes(close)) return { items, starts };
    do {
      starts.push(this.#peek().at);
      items.push(this.#expression(0));
    } while (this.#takes(","));
    this.#expect(close);
    return { items, starts };
  }

  #node(node: Expression, at: number): Expression {
    if (++this.#nodes > EXPRESSION_NODES_MAX) {
      throw new ExpressionFault(at, `more than ${EXPRESSION_NODES_MAX} values, operators and functions`);
    }
    return node;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? this.#tokens.at(-1)!;
  }

  #takes(sign: string): boolean {
    const token = this.#peek();
    if (token.kind !== "sign" || token.sign !== sign) return false;
    this.#next++;
    return true;
  }

  #expect(sign: string): void {
    const token = this.#peek();
    if (!this.#takes(sign)) throw new ExpressionFault(token.at, `expected "${sign}", found ${shown(token)}`);
  }
}

/** A sign or word as an operator is spelled; "" for anything else. */
function spellingOf(token: Token): string {
  if (token.kind === "sign") return token.sign;
  return token.kind === "name" && !token.quoted && WORDS.has(token.name) ? token.name : "";
}

function shown(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end";
    case "sign":
      return `"${token.sign}"`;
    case "name":
      return `"${token.name}"`;
    default:
      return JSON.stringify(token.value);
  }
}
