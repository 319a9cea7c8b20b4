/**
 * Cuts a template into tokens as Jinja2's lexer does, under the type names of nunjucks, whose parser reads
 * them. White space that `-` removes is gone here already; raw blocks come out as data.
 */
import type { Token } from "./nunjucks.ts";
import { TemplateFault } from "./values.ts";

const RAW_BEGIN = /\{%(?:-|\+|)\s*raw\s*(?:-%\}\s*|\+?%\})/y;
const RAW_END = /([\s\S]*?)\{%(-|\+|)\s*endraw\s*(?:\+%\}|-%\}\s*|%\})/y;
const CODE = [
  ["blank", /\s+/y],
  ["float", /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy],
  ["int", /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ["symbol", /[\p{L}\p{N}_\p{Mn}\p{Mc}]+/yu],
  ["string", /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y],
  ["operator", /\*\*|\/\/|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y],
] as const;
const NAME = /^[\p{L}_][\p{L}\p{N}_\p{Mn}\p{Mc}]*$/u;
const CLOSES: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

export interface Tokens {
  nextToken(): Token | null;
  /** nunjucks' parser asks how tags are spelt. */
  tags: Readonly<Record<string, string>>;
}

const TAGS = { VARIABLE_START: "{{", VARIABLE_END: "}}", COMMENT_START: "{#", COMMENT_END: "#}" };

/** @throws TemplateFault TemplateSyntaxError */
export function tokensOf(source: string): Tokens {
  const normal = source.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const tokens = new Lexer(normal).all();
  let next = 0;
  return { nextToken: () => tokens[next++] ?? null, tags: TAGS };
}

class Lexer {
  #source: string;
  #at = 0;
  #line = 0;
  #lineFrom = 0;
  #tokens: Token[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  all(): Token[] {
    while (this.#at < this.#source.length) this.#part();
    return this.#tokens;
  }

  /** Data up to the next tag, and that tag. */
  #part(): void {
    const source = this.#source;
    let tag = source.indexOf("{", this.#at);
    while (tag >= 0 && !"{%#".includes(source[tag + 1] ?? " ")) tag = source.indexOf("{", tag + 1);
    const end = tag < 0 ? source.length : tag;
    const sign = tag < 0 ? "" : source[tag + 2] ?? "";
    const data = source.slice(this.#at, end);
    this.#data(sign === "-" ? data.trimEnd() : data);
    this.#moveTo(end);
    if (tag < 0) return;
    if (source[tag + 1] === "#") return this.#comment();
    if (source[tag + 1] === "%" && this.#raw()) return;
    this.#code(source[tag + 1] === "%" ? "block" : "variable", sign);
  }

  #data(value: string): void {
    if (value !== "") this.#push("data", value);
  }

  #comment(): void {
    const end = this.#source.indexOf("#}", this.#at + 2);
    if (end < 0) throw this.#fault("Missing end of comment tag");
    const trims = this.#source[end - 1] === "-" && end - 1 > this.#at + 1;
    this.#moveTo(end + 2);
    if (trims) this.#skipBlanks();
  }

  #raw(): boolean {
    const begin = this.#match(RAW_BEGIN);
    if (begin === null) return false;
    this.#moveTo(this.#at + begin[0].length);
    const end = this.#match(RAW_END);
    if (end === null) throw this.#fault("Missing end of raw directive");
    this.#data(end[2] === "-" ? end[1]!.trimEnd() : end[1]!);
    this.#moveTo(this.#at + end[0].length);
    return true;
  }

  #code(kind: "block" | "variable", sign: string): void {
    const close = kind === "block" ? "%}" : "}}";
    this.#push(`${kind}-start`, kind === "block" ? "{%" : "{{");
    this.#moveTo(this.#at + 2 + (sign === "-" || (sign === "+" && kind === "block") ? 1 : 0));
    const open: string[] = [];
    for (;;) {
      if (this.#at >= this.#source.length) {
        throw this.#fault(`unexpected end of template: the tag is never closed by "${close}"`);
      }
      if (open.length === 0 && this.#closed(kind, close)) return;
      this.#token(open);
    }
  }

  #closed(kind: "block" | "variable", close: string): boolean {
    const sign = this.#source[this.#at]!;
    const signed = (sign === "-" || (sign === "+" && kind === "block")) &&
      this.#source.startsWith(close, this.#at + 1);
    if (!signed && !this.#source.startsWith(close, this.#at)) return false;
    this.#push(`${kind}-end`, close);
    this.#moveTo(this.#at + (signed ? 3 : 2));
    if (signed && sign === "-") this.#skipBlanks();
    return true;
  }

  #token(open: string[]): void {
    for (const [type, pattern] of CODE) {
      const match = this.#match(pattern);
      if (match === null) continue;
      const value = match[0];
      if (type === "operator") this.#balance(value, open);
      if (type === "symbol" && !NAME.test(value)) {
        throw this.#fault(`Invalid character in identifier "${value}"`);
      }
      if (type !== "blank") this.#push(type, type === "string" ? unquoted(value) : value);
      return this.#moveTo(this.#at + value.length);
    }
    throw this.#fault(`unexpected char '${String.fromCodePoint(this.#source.codePointAt(this.#at)!)}'`);
  }

  #balance(operator: string, open: string[]): void {
    const close = CLOSES[operator];
    if (close !== undefined) open.push(close);
    else if (")]}".includes(operator)) {
      const expected = open.pop();
      if (expected !== operator) {
        throw this.#fault(
          `unexpected '${operator}'${expected === undefined ? "" : `, expected '${expected}'`}`,
        );
      }
    }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source);
  }

  #push(type: string, value: string): void {
    this.#tokens.push({ type, value, lineno: this.#line, colno: this.#at - this.#lineFrom });
  }

  #moveTo(at: number): void {
    for (
      let end = this.#source.indexOf("\n", this.#at);
      end >= 0 && end < at;
      end = this.#source.indexOf("\n", end + 1)
    ) {
      this.#line++;
      this.#lineFrom = end + 1;
    }
    this.#at = at;
  }

  #skipBlanks(): void {
    const blanks = this.#match(/\s*/y)!;
    this.#moveTo(this.#at + blanks[0].length);
  }

  #fault(message: string): TemplateFault {
    return syntaxFault(message, this.#line + 1);
  }
}

export function syntaxFault(message: string, line: number): TemplateFault {
  const fault = new TemplateFault("TemplateSyntaxError", message);
  fault.line = line;
  return fault;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "n": "\n",
  "t": "\t",
  "r": "\r",
  "a": "\x07",
  "b": "\b",
  "f": "\f",
  "v": "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};
const ESCAPE = /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|([\s\S]))/gi;

/** The text of a literal, its escapes read as Python reads them: unknown ones stay as they are. */
function unquoted(literal: string): string {
  return literal.slice(1, -1).replace(ESCAPE, (all, x, u, wide, octal, one) => {
    const hex = x ?? u ?? wide;
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    if (hex === undefined) return ESCAPES[one] ?? all;
    const code = parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
