/**
 * Turns pieces of a body, each the JSON text of one event, into slices, and faulty pieces into faults that
 * are listed by the event's index in the request. This is the hot path of ingest: a good line costs its
 * JSON.parse, one walk over its members and little else.
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import { type Fault, Problem } from "../base/problem.ts";
import { decodeUtf8, latin1 } from "./decode.ts";
import { checkEvent, isWellFormed, mayHoldSurrogates } from "./event_check.ts";
import { eventFault, type EventFaultCode, FAULTS_LISTED_MAX } from "./event_fault.ts";
import type { EventSlice } from "./event_slice.ts";
import { JsonScanner } from "./json_scanner.ts";
import { SliceBuilder } from "./slice_builder.ts";

export interface CollectorOptions {
  /** How faults name an event: by line, by index, or as the only one. */
  place: "line" | "item" | "single";
  /** What keeps a parsed event from being acceptable, beyond the checks of every event. */
  flaw: ((event: JsonObject) => string | null) | null;
  eventsMax: number;
}

export class EventCollector {
  readonly faults: Fault[] = [];
  accepted = 0;
  rejected = 0;
  readonly #options: CollectorOptions;
  readonly #slices = new SliceBuilder();
  #line = 0;
  // Whether the text at hand may hold half surrogate pairs.
  #surrogates = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** As many faults as an answer lists. */
  get isFull(): boolean {
    return this.faults.length >= FAULTS_LISTED_MAX;
  }

  /** Lines of JSON, each but perhaps the last with its newline. Blank ones count as lines only. */
  lines(block: Uint8Array): void {
    const text = decodeUtf8(block);
    if (text === undefined) return this.#undecodedLines(block);
    // A text with a character for each byte: searching it is several times faster than searching bytes.
    const places = text.length === block.length ? text : latin1(block);
    this.#surrogates = mayHoldSurrogates(text);
    for (let from = 0, start = 0; from < text.length;) {
      const to = endOf(text.indexOf("\n", from), text.length);
      const end = places === text ? to : endOf(places.indexOf("\n", start), places.length);
      this.#line++;
      if (to > from) this.#text(text.slice(from, to), block, start, end);
      from = to + 1;
      start = end + 1;
    }
  }

  /** Pieces that end at `ends` and are one byte apart; the first begins at `start`. */
  items(block: Uint8Array, start: number, ends: readonly number[]): void {
    if (ends.length === 0) return;
    const text = decodeUtf8(block.subarray(start, ends.at(-1)));
    const ascii = text !== undefined && text.length === ends.at(-1)! - start;
    if (ascii) this.#surrogates = mayHoldSurrogates(text);
    for (let from = start, i = 0; i < ends.length; from = ends[i++]! + 1) {
      const end = ends[i]!;
      if (!ascii) this.#bytes(block, from, end);
      else this.#text(text.slice(from - start, end - start), block, from, end);
    }
  }

  /** One piece. A blank one is no line, but a fault in a list. */
  one(bytes: Uint8Array): void {
    this.#line++;
    this.#bytes(bytes, 0, bytes.length);
  }

  /** Counts the next event as faulty, whatever its bytes. */
  refuse(code: EventFaultCode, note?: string): void {
    const index = this.accepted + this.rejected++;
    this.#bound();
    if (this.isFull) return;
    const { place } = this.#options;
    this.faults.push(eventFault(code, {
      pointer: place === "single" ? "" : `/${index}`,
      place: place === "single" ? "the event" : place === "line" ? `line ${this.#line}` : `event ${index}`,
      ...(note !== undefined && { note }),
    }));
  }

  /** As `refuse`, for a line that did not end yet. */
  refuseLine(code: EventFaultCode, note?: string): void {
    this.#line++;
    this.refuse(code, note);
  }

  finish(): EventSlice[] {
    return this.#slices.finish();
  }

  #undecodedLines(block: Uint8Array): void {
    for (let start = 0; start < block.length;) {
      const end = endOf(block.indexOf(10, start), block.length);
      this.#line++;
      if (end > start) this.#bytes(block, start, end);
      start = end + 1;
    }
  }

  #bytes(bytes: Uint8Array, start: number, end: number): void {
    const text = decodeUtf8(bytes.subarray(start, end));
    if (text === undefined) return this.refuse("invalid_utf8");
    this.#surrogates = mayHoldSurrogates(text);
    this.#text(text, bytes, start, end);
  }

  // Four arguments: an object for each event would cost more than the checks do.
  #text(text: string, bytes: Uint8Array, start: number, end: number): void {
    let event: JsonValue;
    try {
      event = JSON.parse(text);
    } catch (_notJson) {
      return this.#notJson(text, bytes.subarray(start, end));
    }
    const code = checkEvent(event) ?? (this.#surrogates && !isWellFormed(event) ? "lone_surrogate" : null);
    if (code !== null) return this.refuse(code);
    const flaw = this.#options.flaw?.(event as JsonObject) ?? null;
    if (flaw !== null) return this.refuse("cloudevent_invalid", flaw);
    this.accepted++;
    this.#bound();
    this.#slices.add(event as JsonObject, bytes, start, end);
  }

  #bound(): void {
    const { eventsMax } = this.#options;
    if (this.accepted + this.rejected > eventsMax) throw tooManyEvents(eventsMax);
  }

  #notJson(text: string, bytes: Uint8Array): void {
    if (this.#options.place === "line" && text.trim() === "") return;
    const scanner = new JsonScanner("any");
    if (!scanner.push(bytes) || !scanner.end()) {
      const { code, at } = scanner.fault!;
      return this.refuse(code, `byte ${at + 1}`);
    }
    this.refuse("malformed_json");
  }
}

function endOf(index: number, length: number): number {
  return index < 0 ? length : index;
}

function tooManyEvents(max: number): Problem {
  return new Problem({
    status: 413,
    code: "too_many_events",
    detail: `Cannot take more than ${max} events as a list in one request: send NDJSON or several requests`,
  });
}
