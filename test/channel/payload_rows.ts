/**
 * Reads delivery/payloads.json: its alerts as ours, and whether a captured request satisfies a row. How paths
 * and tests are read stands in that file's `how_to_read`.
 */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import type { Alert } from "../../src/model/alert.ts";
import { vectors } from "../vector_rows.ts";
import { alertOf } from "./channel_fixture.ts";

export interface Must {
  path: string;
  equals?: JsonValue;
  contains?: string;
  not_contains?: string;
  matches?: string;
  type?: "string" | "object" | "non_empty" | "rfc3339" | "rfc5322_date";
  absent?: boolean;
  min_items?: number;
  max_items?: number;
  max_chars?: number;
  max_utf16?: number;
  max_bytes?: number;
  one_of?: JsonValue[];
  ordered_types?: string[];
  names_exclude?: string[];
}

export interface PayloadRow {
  id: string;
  channel: string;
  alert: string;
  config?: JsonObject;
  must: Must[];
}

interface VectorAlert extends Pick<Alert, "title" | "message" | "status" | "rule_name" | "resolved_at"> {
  severity: Alert["severity"] | null;
  timestamp: string;
  dedup_key: string;
  metadata: JsonObject;
}

interface Payloads {
  alerts: Record<string, VectorAlert>;
  channels: Record<string, JsonObject>;
  requests: PayloadRow[];
  limits: { channel: string; field: string; max: number }[];
  truncation: { id: string; text: string; limit: number; by_characters: Cut; by_bytes: Cut }[];
  sms_segments: SmsRow[];
}

interface Cut {
  text: string;
  truncated: boolean;
}

export interface SmsRow {
  id: string;
  text?: string;
  repeat?: string;
  times?: number;
  then?: string;
  encoding: string;
  units: number;
  segments: number;
}

export const payloads = vectors<Payloads>("delivery/payloads.json");

/** An alert of the file as ours. We have no alert without severity: it is "info" where none is given. */
export function vectorAlert(name: string): Alert {
  const { title, message, severity, status, rule_name, timestamp, resolved_at, dedup_key, metadata } =
    payloads.alerts[name]!;
  return alertOf({
    title: spelt(title) as string,
    message: spelt(message) as string,
    metadata: spelt(metadata) as JsonObject,
    severity: severity ?? "info",
    key: {},
    status,
    rule_name,
    fired_at: timestamp,
    event_time: timestamp,
    resolved_at,
    dedup_key,
  });
}

/** `{"repeat": s, "times": n}` and `{"$fields": n}` written out. */
function spelt(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (typeof value.repeat === "string") return value.repeat.repeat(Number(value.times));
  if (typeof value.$fields === "number") {
    return Object.fromEntries(Array.from({ length: value.$fields }, (_, i) => [`key${i}`, `value${i}`]));
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spelt(one)]));
}

/** The values at a path like "json.blocks[?type=header].text.text"; absent ones are undefined. */
export function valuesAt(root: unknown, path: string): unknown[] {
  return path.split(/\.(?![^[]*\])/).reduce<unknown[]>((values, part) => {
    const [, name = part, filter] = /^([^[]+)\[(.*)\]$/.exec(part) ?? [];
    const next = values.map((value) => (value as Record<string, unknown> | undefined)?.[name]);
    if (filter === undefined) return next;
    const each = next.flatMap((value) => value === undefined ? [] : value as unknown[]);
    if (filter === "") return each;
    const [member = "", wanted] = filter.slice(1).split("=");
    return each.filter((value) => (value as Record<string, unknown>)[member] === wanted);
  }, [root]);
}

export function holds(captured: unknown, must: Must): void {
  const { path } = must;
  const values = valuesAt(captured, path);
  const strict = !path.includes("[") &&
    ("equals" in must || "contains" in must || "matches" in must || "type" in must || "min_items" in must);
  for (const value of values) {
    if (value === undefined && !strict) continue;
    if (must.absent) assert.fail(`${path} is there`);
    if ("equals" in must) assert.deepEqual(value, must.equals, path);
    if (must.one_of !== undefined) assert.ok(must.one_of.includes(value as JsonValue), path);
    ofText(String(value), must);
    ofList(value, must);
    if (must.type !== undefined) ofType(value, must);
  }
}

function ofText(text: string, must: Must): void {
  const { path } = must;
  if (must.contains !== undefined) assert.ok(text.includes(must.contains), `${path} lacks ${must.contains}`);
  if (must.not_contains !== undefined) assert.ok(!text.includes(must.not_contains), `${path}: ${text}`);
  if (must.matches !== undefined) assert.match(text, pattern(must.matches), path);
  if (must.max_chars !== undefined) assert.ok([...text].length <= must.max_chars, `${path} is too long`);
  if (must.max_utf16 !== undefined) assert.ok(text.length <= must.max_utf16, `${path} is too long`);
  if (must.max_bytes !== undefined) {
    assert.ok(new TextEncoder().encode(text).length <= must.max_bytes, `${path} is too long`);
  }
}

function pattern(source: string): RegExp {
  return source.startsWith("(?i)") ? new RegExp(source.slice(4), "i") : new RegExp(source);
}

function ofList(value: unknown, must: Must): void {
  const list = value as { length: number };
  if (must.min_items !== undefined) assert.ok(list.length >= must.min_items, must.path);
  if (must.max_items !== undefined) assert.ok(list.length <= must.max_items, must.path);
  if (must.ordered_types !== undefined) {
    assert.deepEqual((value as { type: string }[]).map((part) => part.type), must.ordered_types);
  }
  if (must.names_exclude !== undefined) {
    for (const name of must.names_exclude) assert.ok(!(name in (value as object)), `${must.path}.${name}`);
  }
}

function ofType(value: unknown, { type, path }: Must): void {
  if (type === "string") assert.equal(typeof value, "string", path);
  if (type === "object") assert.equal(typeof value, "object", path);
  if (type === "non_empty") assert.ok(String(value ?? "").length > 0, path);
  if (type === "rfc3339") assert.match(String(value), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z$/, path);
  if (type === "rfc5322_date") {
    assert.match(
      String(value),
      /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$/,
      path,
    );
  }
}
