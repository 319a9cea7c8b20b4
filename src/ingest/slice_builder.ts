/**
 * Collects parsed events and their bytes into slices, each small enough to become one log record. Events
 * that lay one separator byte apart in the received bytes are taken as one run, so that a block of NDJSON
 * costs one copy and not one an event, and a body that is one run costs none.
 */
import type { JsonObject } from "../base/json.ts";
import { type EventSlice, SLICE_BYTES_MAX, SLICE_EVENTS_MAX } from "./event_slice.ts";

const SEPARATOR = 10;
const NOTHING = new Uint8Array(0);

export class SliceBuilder {
  readonly #slices: EventSlice[] = [];
  #events: JsonObject[] = [];
  #lines: number[] = [];
  // Bytes of the body so far: the runs and one separator between two.
  #length = 0;
  #runs: Uint8Array[] = [];
  // The run that may still grow: source[from, to).
  #source: Uint8Array = NOTHING;
  #from = 0;
  #to = -1;

  /** Adds an event that was read from `source[start, end)`. Sources must not change until `finish`. */
  add(event: JsonObject, source: Uint8Array, start: number, end: number): void {
    const events = this.#events.length;
    if (events > 0 && (events === SLICE_EVENTS_MAX || this.#length + end - start >= SLICE_BYTES_MAX)) {
      this.#close();
    }
    if (start !== this.#to + 1 || source !== this.#source) this.#begin(source, start);
    if (this.#length > 0) this.#length++;
    this.#lines.push(this.#length);
    this.#length += end - start;
    this.#to = end;
    this.#events.push(event);
  }

  /** All slices. The builder is empty afterwards. */
  finish(): EventSlice[] {
    if (this.#events.length > 0) this.#close();
    return this.#slices.splice(0);
  }

  #begin(source: Uint8Array, start: number): void {
    this.#endRun();
    this.#source = source;
    this.#from = start;
  }

  #endRun(): void {
    if (this.#to >= this.#from) this.#runs.push(this.#source.subarray(this.#from, this.#to));
    this.#source = NOTHING;
    this.#to = -1;
  }

  #close(): void {
    this.#endRun();
    const body = this.#runs.length === 1 ? this.#runs[0]! : joined(this.#runs, this.#length);
    this.#lines.push(body.length + 1);
    this.#slices.push({ events: this.#events, body, lines: new Uint32Array(this.#lines) });
    this.#events = [];
    this.#lines = [];
    this.#runs = [];
    this.#length = 0;
  }
}

function joined(runs: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const run of runs) {
    if (at > 0) body[at++] = SEPARATOR;
    body.set(run, at);
    at += run.length;
  }
  return body;
}
