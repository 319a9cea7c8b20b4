/**
 * Matchers as text, `severity=~"critical|error", service="web"`, with or without braces: the UTF-8 dialect of
 * Alertmanager (its package matcher/parse). Names and values may stand without quotes while they hold none of
 * its reserved characters; within double quotes the escapes of Go hold.
 */
import { type Matcher, matcherFault, type MatcherOperator } from "./matcher.ts";
import { unquote } from "./_go_text.ts";

export type ParsedMatchers = { ok: true; matchers: Matcher[] } | { ok: false; fault: string };

interface Token {
  kind: "open" | "close" | "comma" | "operator" | "text";
  text: string;
}

class SyntaxFault extends Error {}

const TOKEN = /\s*(?:([{}])|(,)|(=~|!~|!=|=)|("(?:[^"\\]|\\.)*")|([^\s{}!=~,\\"'`]+))/suy;
const PLAIN = /^[^\s{}!=~,\\"'`]+$/u;

/** Reads a list of matchers; the empty text and `{}` hold none. */
export function parseMatchers(text: string): ParsedMatchers {
  try {
    const matchers = readAll(tokensOf(text));
    const fault = matchers.map(matcherFault).find((found) => found !== null);
    return fault === undefined ? { ok: true, matchers } : { ok: false, fault: fault.message };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return { ok: false, fault: `Cannot read "${text}" as matchers: ${error.message}` };
  }
}

/** Canonical text of one matcher. */
export function matcherText({ name, op, value }: Matcher): string {
  return `${PLAIN.test(name) ? name : quoted(name)}${op}${quoted(value)}`;
}

/** Canonical text of a list, in braces. */
export function matchersText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(matcherText).join(",")}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')}"`;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new SyntaxFault(`unexpected text at character ${at + 1}`);
    tokens.push(tokenOf(found));
  }
  return tokens;
}

function tokenOf([, brace, comma, operator, inQuotes, plain]: RegExpExecArray): Token {
  if (brace !== undefined) return { kind: brace === "{" ? "open" : "close", text: brace };
  if (comma !== undefined) return { kind: "comma", text: comma };
  if (operator !== undefined) return { kind: "operator", text: operator };
  if (plain !== undefined) return { kind: "text", text: plain };
  const text = unquote(inQuotes!);
  if (text === null) throw new SyntaxFault(`${inQuotes} holds an escape that is not valid`);
  return { kind: "text", text };
}

function readAll(tokens: readonly Token[]): Matcher[] {
  const braced = tokens[0]?.kind === "open";
  const last = tokens.at(-1);
  if (braced !== (last?.kind === "close")) {
    throw new SyntaxFault(braced ? "the closing brace is missing" : "the opening brace is missing");
  }
  const inner = braced ? tokens.slice(1, -1) : tokens;
  const matchers: Matcher[] = [];
  for (let at = 0; at < inner.length; at += 4) {
    matchers.push(readOne(inner.slice(at, at + 3)));
    const next = inner[at + 3];
    if (next !== undefined && next.kind !== "comma") {
      throw new SyntaxFault(`expected a comma at ${next.text}`);
    }
  }
  return matchers;
}

function readOne([name, op, value]: readonly Token[]): Matcher {
  if (name?.kind !== "text") throw new SyntaxFault("expected the name of a label");
  if (op?.kind !== "operator") throw new SyntaxFault(`expected =, !=, =~ or !~ behind ${name.text}`);
  if (value?.kind !== "text") throw new SyntaxFault(`expected a value behind ${name.text}${op.text}`);
  return { name: name.text, op: op.text as MatcherOperator, value: value.text };
}
