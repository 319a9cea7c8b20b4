/**
 * The words of an expression. Every pattern is anchored where it starts and none can match in two ways, so
 * reading is linear in the text.
 */
import { ExpressionFault } from "./expression.ts";

export type Token =
  | { kind: "number"; value: number; at: number }
  | { kind: "text"; value: string; at: number }
  /** `quoted`: in backquotes, so never a word of the language. */
  | { kind: "name"; name: string; quoted: boolean; at: number }
  | { kind: "sign"; sign: string; at: number }
  | { kind: "end"; at: number };

const BLANKS = /\s*/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_@$][\p{L}\p{N}_@$]*(?:\.[\p{L}\p{N}_@$]+)*/uy;
const QUOTED = /`([^`]+)`/y;
const SIGN = /\*\*|[=!<>]=|&&|\|\||[-+*/%<>=!?:(),[\]]/y;
const TEXT = /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'/y;

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  n: "\n",
  r: "\r",
  t: "\t",
};

/** @throws ExpressionFault at the first character that begins no token. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(BLANKS, text, at)![0].length;
    if (at === text.length) break;
    const { token, length } = tokenAt(text, at);
    tokens.push(token);
    at += length;
  }
  return [...tokens, { kind: "end", at }];
}

function tokenAt(text: string, at: number): { token: Token; length: number } {
  const number = matchAt(NUMBER, text, at);
  if (number !== null) return { token: numberToken(number[0], at), length: number[0].length };
  const name = matchAt(NAME, text, at);
  if (name !== null) {
    return { token: { kind: "name", name: name[0], quoted: false, at }, length: name[0].length };
  }
  const quoted = matchAt(QUOTED, text, at);
  if (quoted !== null) {
    return { token: { kind: "name", name: quoted[1]!, quoted: true, at }, length: quoted[0].length };
  }
  const literal = matchAt(TEXT, text, at);
  if (literal !== null) {
    const value = unescaped(literal[1] ?? literal[2] ?? "", at + 1);
    return { token: { kind: "text", value, at }, length: literal[0].length };
  }
  const sign = matchAt(SIGN, text, at);
  if (sign !== null) return { token: { kind: "sign", sign: sign[0], at }, length: sign[0].length };
  throw new ExpressionFault(at, faultOf(text, at));
}

function numberToken(digits: string, at: number): Token {
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new ExpressionFault(at, `the number ${digits} is too large`);
  return { kind: "number", value, at };
}

function unescaped(text: string, at: number): string {
  return text.replace(/\\([^])/g, (escape: string, letter: string, index: number) => {
    const value = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (value === undefined) {
      throw new ExpressionFault(
        at + index,
        `"${escape}" is no escape, expected one of \\\\ \\' \\" \\n \\r \\t`,
      );
    }
    return value;
  });
}

function faultOf(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at)!);
  if (character === '"' || character === "'") return `the text that begins with ${character} does not end`;
  if (character === "`") return "the name that begins with ` does not end";
  if (character === "&" || character === "|") {
    return `"${character}" means nothing, write ${character.repeat(2)}`;
  }
  return `"${character}" means nothing here`;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
