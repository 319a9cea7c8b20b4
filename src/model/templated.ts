/**
 * JSON with places in its texts, as requests of actions have it: `{"host": "{{ key.host }}"}`. A text that is one
 * place and nothing else gives the value as it is, a number, a list or null; any other gives text.
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import {
  type Message,
  type MessageContext,
  parseMessage,
  placeValue,
  renderMessage,
  type RunFilters,
} from "./message.ts";

/** Reads the value for one alert. */
export type Templated = (context: MessageContext, run: RunFilters) => JsonValue;

/** A fault, with the path to it within the value. */
export interface TemplatedFault {
  path: (string | number)[];
  message: string;
}

export interface TemplatedOptions {
  /** Whether its places may name secrets. */
  secrets: boolean;
  path?: readonly (string | number)[];
}

/** Faults are added to `faults`. */
export function compileTemplated(
  value: JsonValue,
  faults: TemplatedFault[],
  { secrets, path = [] }: TemplatedOptions,
): Templated {
  const within = (member: JsonValue, name: string | number) =>
    compileTemplated(member, faults, { secrets, path: [...path, name] });
  if (typeof value === "string") return compileText(value, faults, { secrets, path });
  if (Array.isArray(value)) {
    const items = value.map(within);
    return (context, run) => items.map((item) => item(context, run));
  }
  if (!isObject(value)) return () => value;
  const members = Object.entries(value).map(([name, member]) => [name, within(member, name)] as const);
  return (context, run): JsonObject =>
    Object.fromEntries(members.map(([name, member]) => [name, member(context, run)]));
}

function compileText(
  text: string,
  faults: TemplatedFault[],
  { secrets, path }: Required<TemplatedOptions>,
): Templated {
  const parsed = parseMessage(text, { secrets });
  if (!parsed.ok) {
    faults.push({ path: [...path], message: parsed.fault });
    return () => text;
  }
  const { message } = parsed;
  const only = onlyPlace(message);
  if (only === null) return (context, run) => renderMessage(message, context, run);
  return (context, run) => placeValue(only, context, run) ?? null;
}

/**
 * As {@linkcode compileTemplated}, for an address: what stands in a place is percent-encoded, unless it is already, so
 * that a value is a part of the path or of the query and no further one of them.
 */
export function compileAddress(text: string, faults: TemplatedFault[]): Templated {
  const parsed = parseMessage(text, { secrets: true });
  if (!parsed.ok) {
    faults.push({ path: [], message: parsed.fault });
    return () => text;
  }
  const { parts } = parsed.message;
  return (context, run) =>
    parts.map((part) => {
      const made = renderMessage({ text, parts: [part] }, context, run);
      const asItIs = part.kind === "text" || part.filters.at(-1)?.name === "urlencode";
      return asItIs ? made : encodeURIComponent(made.toWellFormed());
    }).join("");
}

function onlyPlace({ parts }: Message): (Message["parts"][number] & { kind: "place" }) | null {
  const [part, ...others] = parts;
  return part?.kind === "place" && others.length === 0 ? part : null;
}
