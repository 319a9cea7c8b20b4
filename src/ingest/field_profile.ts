/**
 * What events hold, field by field: types, examples, frequent values, extremes. Everything is counted within
 * bounds, so that a profile of hostile events is as small as any: past a bound further paths and values are not
 * told apart, and the profile says so. Values of fields that look like secrets are never kept.
 */
import { isObject, type JsonObject, type JsonScalar, type JsonValue } from "../base/json.ts";
import { isSecretField } from "../base/secret_field.ts";

/** Fields that are told apart. */
export const PATHS_MAX = 500;
/** Different values of a field that are counted. */
export const VALUES_PER_PATH_MAX = 200;
/** Objects within objects. */
export const PATH_DEPTH_MAX = 8;
/** Values of one event that are looked at. */
export const VALUES_PER_EVENT_MAX = 2_000;
export const EXAMPLES_MAX = 5;
export const TOP_VALUES_MAX = 10;
/** Longer texts are cut where they are shown, and not counted as values. */
const TEXT_SHOWN_MAX = 100;
const PATH_CHARACTERS_MAX = 512;

export type FieldType = "number" | "string" | "boolean" | "list" | "object" | "null";

export interface FieldProfile {
  field: string;
  /** Events that have it, null included. */
  events: number;
  types: Partial<Record<FieldType, number>>;
  /** The most frequent type besides null. */
  type: FieldType;
  examples: JsonScalar[];
  top_values: { value: JsonScalar; count: number }[];
  /** Of numbers; null: there was none. */
  min: number | null;
  max: number | null;
  /** Why there are no values; null: they are shown. */
  masked: "secret" | null;
}

interface Tally {
  events: number;
  types: Map<FieldType, number>;
  values: Map<JsonScalar, number>;
  examples: JsonScalar[];
  min: number;
  max: number;
  masked: boolean;
}

/** Collects a profile, an event at a time. */
export class FieldProfiler {
  readonly #fields = new Map<string, Tally>();
  #events = 0;
  #isCut = false;

  get events(): number {
    return this.#events;
  }

  /** Whether there was more than the bounds let in. */
  get isCut(): boolean {
    return this.#isCut;
  }

  add(event: JsonObject): void {
    this.#events++;
    const pending: { holder: JsonObject; path: string; depth: number }[] = [
      { holder: event, path: "", depth: 1 },
    ];
    let values = 0;
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const [name, value] of Object.entries(at.holder)) {
        if (++values > VALUES_PER_EVENT_MAX) return this.#cut();
        const path = at.path === "" ? name : `${at.path}.${name}`;
        this.#count(path, value);
        if (!isObject(value)) continue;
        if (at.depth < PATH_DEPTH_MAX) pending.push({ holder: value, path, depth: at.depth + 1 });
        else this.#cut();
      }
    }
  }

  /** An event that is too large to be looked at. */
  leaveOut(): void {
    this.#cut();
  }

  /** By how many events have them, then by name. */
  profiles(): FieldProfile[] {
    const found = [...this.#fields].map(([field, tally]) => profileOf(field, tally));
    return found.sort((a, b) => b.events - a.events || (a.field < b.field ? -1 : 1));
  }

  #cut(): void {
    this.#isCut = true;
  }

  #count(path: string, value: JsonValue): void {
    let tally = this.#fields.get(path);
    if (tally === undefined) {
      if (this.#fields.size >= PATHS_MAX || path.length > PATH_CHARACTERS_MAX) return this.#cut();
      tally = emptyTally(path);
      this.#fields.set(path, tally);
    }
    tally.events++;
    const type = typeOf(value);
    tally.types.set(type, (tally.types.get(type) ?? 0) + 1);
    if (value !== null && typeof value !== "object" && !tally.masked) countValue(tally, value);
  }
}

function emptyTally(path: string): Tally {
  return {
    ...{ events: 0, types: new Map(), values: new Map(), examples: [], min: Infinity, max: -Infinity },
    masked: isSecretField(path),
  };
}

function countValue(tally: Tally, value: Exclude<JsonScalar, null>): void {
  if (typeof value === "number") {
    tally.min = Math.min(tally.min, value);
    tally.max = Math.max(tally.max, value);
  }
  const shown = typeof value === "string" && value.length > TEXT_SHOWN_MAX
    ? `${value.slice(0, TEXT_SHOWN_MAX)}…`
    : value;
  const known = tally.values.get(shown);
  if (known !== undefined) tally.values.set(shown, known + 1);
  else if (tally.values.size < VALUES_PER_PATH_MAX) tally.values.set(shown, 1);
  if (known === undefined && tally.examples.length < EXAMPLES_MAX) tally.examples.push(shown);
}

function typeOf(value: JsonValue): FieldType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value as "number" | "string" | "boolean" | "object";
}

function profileOf(field: string, { types, values, examples, ...tally }: Tally): FieldProfile {
  const byCount = [...types].sort(([, a], [, b]) => b - a);
  const [type = "null"] = byCount.find(([one]) => one !== "null") ?? ["null" as const];
  // What is different in each event is no frequent value.
  const frequent = [...values].filter(([, count]) => count > 1).sort(([, a], [, b]) => b - a);
  return {
    field,
    events: tally.events,
    types: Object.fromEntries(byCount),
    type,
    examples,
    top_values: frequent.slice(0, TOP_VALUES_MAX).map(([value, count]) => ({ value, count })),
    min: tally.min === Infinity ? null : tally.min,
    max: tally.max === -Infinity ? null : tally.max,
    masked: tally.masked ? "secret" : null,
  };
}
