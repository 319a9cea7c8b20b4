/**
 * The text of an alert: plain text with places `{{ path }}` or `{{ path|filter }}`. A message is parsed once, when
 * its rule is read, and rendered per alert. What else Jinja2 knows is for templates, and refused here by name.
 */
import { compileField, type Lookup } from "../base/field_path.ts";
import { isObject, type JsonObject, type JsonValue, printedJson } from "../base/json.ts";
import { secretNameOf, secretPlace } from "../base/secret_marks.ts";
import { type FilterCall, parseFilters } from "./message_filters.ts";

export const MESSAGE_CHARACTERS_MAX = 10_000;
/** What a rendered message is cut to. */
export const RENDERED_CHARACTERS_MAX = 32_768;

export type MessagePart = { kind: "text"; text: string } | {
  kind: "place";
  path: string;
  read: Read;
  filters: readonly FilterCall[];
};

/** A parsed message. `text` is as written. */
export interface Message {
  text: string;
  parts: readonly MessagePart[];
}

/** What a message can name (SEMANTICS 24); any other name is looked up in the last event. */
export interface MessageContext {
  alert_title: string;
  alert_message: string;
  severity: string;
  rule_name: string;
  timestamp: string;
  metadata: JsonObject;
  status: string;
  key: JsonObject;
  values: JsonObject;
  window: JsonObject | null;
  /** The last event of the evidence. */
  event: JsonObject | null;
  events: JsonValue[];
  alert: JsonObject;
  labels: JsonObject;
  /** What actions before this one came to, by their names. */
  results: JsonObject;
  /** What stands for a secret where a request is made of it; absent: its place, as it is written. */
  secretMark?: (name: string) => string;
}

/** The name of {@linkcode MessageContext.results}. */
export const RESULTS = "results";

const CONTEXT_NAMES: readonly Exclude<keyof MessageContext, "secretMark">[] = [
  "alert_title",
  "alert_message",
  "severity",
  "rule_name",
  "timestamp",
  "metadata",
  "status",
  "key",
  "values",
  "window",
  "event",
  "events",
  "alert",
  "labels",
  RESULTS,
];

export type Read = (context: MessageContext) => JsonValue | undefined;

export type ParsedMessage = { ok: true; message: Message } | { ok: false; fault: string };

// A name begins with a letter: "{{ 5 }}" and "{{ 'a' }}" are values in a template, not names.
const PATH = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*$/u;
const TEMPLATE_WORDS = new Set([
  "true",
  "false",
  "none",
  "null",
  "and",
  "or",
  "not",
  "in",
  "is",
  "if",
  "else",
]);
const MARK = /\{\{|\{%|\{#/;

/**
 * Parses `text`; the fault is a message for its author.
 * @param secrets whether its places may name secrets: only in what is sent to a machine
 */
export function parseMessage(text: string, { secrets = false } = {}): ParsedMessage {
  const parts: MessagePart[] = [];
  let rest = text;
  for (let mark = MARK.exec(rest); mark !== null; mark = MARK.exec(rest)) {
    if (mark[0] !== "{{") {
      return refuse(`Cannot use "${mark[0]}" in a message, only places like {{ host }}: use a template`);
    }
    const end = rest.indexOf("}}", mark.index);
    if (end < 0) return refuse(`"{{" is never closed by "}}"`);
    const [path, filters] = splitPlace(rest.slice(mark.index + 2, end));
    const calls = filters === null ? [] : parseFilters(filters);
    if (typeof calls === "string") {
      return refuse(`Cannot use "{{${rest.slice(mark.index + 2, end)}}}": ${calls}`);
    }
    if (!PATH.test(path) || TEMPLATE_WORDS.has(path)) return refuse(notAPath(path));
    const fault = secretFault(path, { allowed: secrets, filtered: calls.length > 0 });
    if (fault !== null) return refuse(fault);
    if (mark.index > 0) parts.push({ kind: "text", text: rest.slice(0, mark.index) });
    parts.push({ kind: "place", path, read: readerOf(path), filters: calls });
    rest = rest.slice(end + 2);
  }
  if (rest !== "") parts.push({ kind: "text", text: rest });
  return { ok: true, message: { text, parts } };
}

/** Why a place that names a secret cannot stand there; null: it can, or names none. */
function secretFault(
  path: string,
  { allowed, filtered }: { allowed: boolean; filtered: boolean },
): string | null {
  if (!`${path}.`.startsWith("secrets.")) return null;
  const place = `Cannot use "{{ ${path.slice(0, 80)} }}"`;
  if (!allowed) {
    return `${place} here: secrets stand in the url, headers, params and body of requests only; ` +
      "a field of the event is {{ event.secrets }}";
  }
  if (secretNameOf(path) === null) {
    return `${place}: expected {{ secrets.NAME }}, NAME of letters, digits and _`;
  }
  return filtered ? `${place} with a filter: a secret is sent as it is stored` : null;
}

/** The path, and what stands behind the first `|`; null where none does. */
function splitPlace(place: string): [path: string, filters: string | null] {
  const bar = place.indexOf("|");
  return bar < 0 ? [place.trim(), null] : [place.slice(0, bar).trim(), place.slice(bar + 1)];
}

function refuse(fault: string): ParsedMessage {
  return { ok: false, fault };
}

function notAPath(path: string): string {
  const shown = path.length > 60 ? path.slice(0, 60) + "…" : path;
  return `Cannot use "{{ ${shown} }}" in a message, only a path like {{ host }} or {{ values.avg|round(1) }}: ` +
    "use a template for more";
}

/** Whether a place of it names what actions came to. */
export function namesResults({ parts }: Message): boolean {
  return parts.some((part) => part.kind === "place" && (part.path + ".").startsWith(`${RESULTS}.`));
}

/** Reads what `path` names. */
export function readerOf(path: string): Read {
  const dot = path.indexOf(".");
  const head = dot < 0 ? path : path.slice(0, dot);
  const secret = secretNameOf(path);
  if (secret !== null) return ({ secretMark = secretPlace }) => secretMark(secret);
  const name = CONTEXT_NAMES.find((known) => known === head);
  if (name === undefined) {
    const lookup = compileField(path);
    return ({ event }) => event === null ? undefined : lookup(event);
  }
  if (dot < 0) return (context) => context[name];
  return within(name, compileField(path.slice(dot + 1)), compileField(path));
}

// In an object the rest of a path is a field of its own, so `key` finds members with dots in their names.
function within(name: typeof CONTEXT_NAMES[number], inObject: Lookup, inContext: Lookup): Read {
  return (context) => {
    const value = context[name];
    return isObject(value) ? inObject(value) : inContext({ [name]: value });
  };
}

/** Runs filters over what stands in a place; src/notify has them. */
export type RunFilters = (
  value: JsonValue | undefined,
  filters: readonly FilterCall[],
) => JsonValue | undefined;

/** The text for one alert. Unknown and null are "", objects and lists JSON. */
export function renderMessage(message: Message, context: MessageContext, run: RunFilters): string {
  let text = "";
  for (const part of message.parts) {
    text += part.kind === "text" ? part.text : printedJson(placeValue(part, context, run));
    if (text.length > RENDERED_CHARACTERS_MAX) return text.slice(0, RENDERED_CHARACTERS_MAX - 1) + "…";
  }
  return text;
}

/** What stands in a place, filters applied. */
export function placeValue(
  { read, filters }: MessagePart & { kind: "place" },
  context: MessageContext,
  run: RunFilters,
): JsonValue | undefined {
  const value = read(context);
  return filters.length === 0 ? value : run(value, filters);
}
