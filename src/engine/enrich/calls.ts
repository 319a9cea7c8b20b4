/**
 * What a rule with `api_call` enrichments knows: the calls that it wants and that are not answered, the answers
 * that it may use again, and the rows that wait. The step makes no call: it wants one, somebody else makes it,
 * and the answer comes as a record of the log, so that a replay sees the same (INVARIANTS 4).
 *
 * Rows wait in the order of the log, also those that need no answer themselves, and event time stands still
 * meanwhile: how long answers take changes when alerts are told, never which. Where more rows wait than
 * {@linkcode WAITING_ROWS_MAX}, the first takes its fallback.
 */
import type { JsonValue } from "../../base/json.ts";
import type { Gathered } from "../gathered.ts";
import type { CallPlan, Plan } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { AnswerCache } from "./answer_cache.ts";
import type { CallRequest } from "./call_request.ts";
import { intoOf } from "./enrichments.ts";
import { copiedRow, madeOver, readRow, rowBytes, type RowShape, writeRow } from "./waiting_row.ts";

/** Of one rule. */
export const WAITING_ROWS_MAX = 10_000;
export const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const ASKED_BYTES = 200;
const CHARACTER_BYTES = 2;

/** What a call came to: a value, or the fallback of the rule. */
export type CallAnswer = { kind: "value"; value: JsonValue } | { kind: "fallback" };

/** Which call: the event that wanted it first, and the enrichment. */
export interface CallId {
  offset: number;
  name: string;
}

/** A call that somebody is to make. */
export interface WantedCall {
  id: CallId;
  request: CallRequest;
  timeout_ms: number;
}

interface Asked extends WantedCall {
  key: string;
  cache_ms: number;
  rows: Set<WaitingRow>;
  /** Whether it was handed out. */
  told: boolean;
}

export interface WaitingRow {
  readonly rows: Gathered;
  readonly bytes: number;
  /** The enrichment that it is at. */
  at: number;
  awaits: Asked | null;
  /** For the call that it is at; taken at once. */
  given: CallAnswer | null;
  /** It waits no more: what is not known by now is its fallback. */
  cut: boolean;
}

export class Calls {
  readonly #shape: RowShape;
  readonly #rows: WaitingRow[] = [];
  #rowBytes = 0;
  /** By what is asked. */
  readonly #asked = new Map<string, Asked>();
  readonly #ids = new Map<string, Asked>();
  readonly #answers = new AnswerCache();
  #askedBytes = 0;
  #untold = 0;
  #passed: { latest: number; arrival: number } | null = null;
  /** Rows stand at the beginning again, and nobody was asked for them: they must be looked at. */
  isRestless = false;

  constructor(shape: RowShape) {
    this.#shape = shape;
  }

  get waiting(): number {
    return this.#rows.length;
  }

  get bytes(): number {
    return this.#rowBytes + this.#askedBytes + this.#answers.bytes;
  }

  get isOverCap(): boolean {
    return this.#rows.length > WAITING_ROWS_MAX || this.#rowBytes + this.#askedBytes > WAITING_BYTES_MAX;
  }

  get rows(): readonly WaitingRow[] {
    return this.#rows;
  }

  get first(): WaitingRow | null {
    return this.#rows[0] ?? null;
  }

  /** A row waits from here on. */
  hold(rows: Gathered, i: number, at: number): WaitingRow {
    const copied = copiedRow(rows, i, this.#passed?.latest ?? -Infinity);
    return this.#push(copied, { at, bytes: rowBytes(copied) });
  }

  /** The first row has its turn. */
  shift(): void {
    this.#rowBytes -= this.#rows.shift()?.bytes ?? 0;
  }

  /** An answer that may still be used at `arrival`, ms; null: there is none. */
  known({ name }: CallPlan, request: CallRequest, arrival: number): CallAnswer | null {
    const value = this.#answers.get(keyOf(name, request), arrival);
    return value === undefined ? null : { kind: "value", value };
  }

  /** `row` waits for the answer to a request. Answers whether a call is wanted that was not before. */
  ask(row: WaitingRow, { name, timeout_ms, cache_ms }: CallPlan, request: CallRequest): boolean {
    const key = keyOf(name, request);
    let asked = this.#asked.get(key);
    const fresh = asked === undefined;
    if (asked === undefined) {
      const id = { offset: row.rows.offsets[0]!, name };
      asked = this.#want({ id, request, timeout_ms, cache_ms, key, rows: new Set(), told: false });
    }
    asked.rows.add(row);
    row.awaits = asked;
    return fresh;
  }

  /** A call was answered at `arrival`, ms. Answers the rows that waited for it; none when nobody wants it. */
  answered(id: CallId, answer: CallAnswer, arrival: number): readonly WaitingRow[] {
    const asked = this.#ids.get(textOf(id));
    if (asked === undefined) return [];
    this.#forget(asked);
    if (answer.kind === "value" && asked.cache_ms > 0) {
      this.#answers.put(asked.key, answer.value, { until: arrival + asked.cache_ms, arrival });
    }
    for (const row of asked.rows) {
      row.awaits = null;
      row.given = answer;
    }
    return [...asked.rows];
  }

  /** `row` waits for no answer any more; a call that no other row waits for is wanted no more. */
  cut(row: WaitingRow): void {
    row.cut = true;
    const asked = row.awaits;
    if (asked === null) return;
    asked.rows.delete(row);
    if (asked.rows.size === 0) this.#forget(asked);
    row.awaits = null;
  }

  /** How many calls nobody was told of. */
  get untold(): number {
    return this.#untold;
  }

  /** The calls that nobody was told of, in the order in which they were wanted. */
  takeWanted(): WantedCall[] {
    const wanted: WantedCall[] = [];
    if (this.#untold === 0) return wanted;
    for (const asked of this.#asked.values()) {
      if (asked.told) continue;
      asked.told = true;
      wanted.push({ id: asked.id, request: asked.request, timeout_ms: asked.timeout_ms });
    }
    this.#untold = 0;
    return wanted;
  }

  /** Rows wait, and a record of the rule's topics has passed, or the process started. */
  pass(arrival: number, latest = -Infinity): void {
    this.#passed = { latest: Math.max(latest, this.#passed?.latest ?? -Infinity), arrival };
  }

  /** What passed while rows waited: for when none does any more. */
  takePassed(): { latest: number; arrival: number } | null {
    const passed = this.#passed;
    this.#passed = null;
    return passed;
  }

  /** Takes over the answers of an earlier version of the rule. */
  adopt(other: Calls): void {
    this.#answers.adopt(other.#answers);
  }

  write(out: ByteWriter): void {
    this.#answers.write(out);
    out.text(JSON.stringify(this.#shape));
    out.u8(this.#passed === null ? 0 : 1);
    if (this.#passed !== null) [this.#passed.latest, this.#passed.arrival].forEach((one) => out.f64(one));
    const asked = [...this.#asked.values()];
    out.u32(asked.length);
    for (const { id, request, timeout_ms, cache_ms } of asked) {
      out.text(JSON.stringify([id, request, timeout_ms, cache_ms]));
    }
    const places = new Map(asked.map((one, place) => [one, place]));
    out.u32(this.#rows.length);
    for (const { rows, at, bytes, awaits } of this.#rows) {
      writeRow(rows, out);
      out.u32(at);
      out.f64(bytes);
      out.u32(awaits === null ? 0 : 1 + places.get(awaits)!);
    }
  }

  read(input: ByteReader): void {
    this.#answers.read(input);
    const shape: RowShape = JSON.parse(input.text());
    const known = JSON.stringify(shape) === JSON.stringify(this.#shape);
    if (input.u8() === 1) this.#passed = { latest: input.f64(), arrival: input.f64() };
    const asked: Asked[] = [];
    for (let n = input.u32(); n > 0; n--) {
      const [id, request, timeout_ms, cache_ms] = JSON.parse(input.text());
      const key = keyOf(id.name, request);
      const one: Asked = { id, request, timeout_ms, cache_ms, key, rows: new Set(), told: false };
      if (known) asked.push(this.#want(one));
    }
    for (let n = input.u32(); n > 0; n--) {
      const rows = readRow(input);
      const [at, bytes] = [input.u32(), input.f64()];
      const row = known
        ? this.#push(rows, { at, bytes })
        : this.#push(madeOver(rows, shape, this.#shape), { at: 0, bytes });
      const awaits = input.u32();
      row.awaits = asked[awaits - 1] ?? null;
      row.awaits?.rows.add(row);
    }
    this.isRestless = !known && this.waiting > 0;
  }

  #push(rows: Gathered, { at, bytes }: { at: number; bytes: number }): WaitingRow {
    const row: WaitingRow = { rows, bytes, at, awaits: null, given: null, cut: false };
    this.#rows.push(row);
    this.#rowBytes += bytes;
    return row;
  }

  #want(asked: Asked): Asked {
    this.#asked.set(asked.key, asked);
    this.#ids.set(textOf(asked.id), asked);
    this.#askedBytes += bytesOf(asked);
    this.#untold++;
    return asked;
  }

  #forget(asked: Asked): void {
    this.#asked.delete(asked.key);
    this.#ids.delete(textOf(asked.id));
    this.#askedBytes -= bytesOf(asked);
    if (!asked.told) this.#untold--;
  }
}

/** Its request stands in it twice: as it is, and as what it is found by. */
function bytesOf({ key }: Asked): number {
  return ASKED_BYTES + 2 * CHARACTER_BYTES * key.length;
}

function textOf({ offset, name }: CallId): string {
  return `${offset} ${name}`;
}

/** null: the rule makes no calls. */
export function callsOf({ enrichments, names, key, fields }: Plan): Calls | null {
  if (!enrichments.some(({ kind }) => kind === "api_call")) return null;
  return new Calls({
    names,
    key: key.map((index) => fields[index]!),
    results: enrichments.flatMap(intoOf),
    enrichments: JSON.stringify(enrichments),
  });
}

function keyOf(name: string, { method, url, body, secrets }: CallRequest): string {
  return JSON.stringify(secrets ? [name, method, url, body, secrets] : [name, method, url, body]);
}
