/**
 * Events that the watermark has not reached yet, by key in the order of their times, ties by arrival: a pattern
 * sees events in this order, however they came in.
 */
import type { JsonValue } from "../../base/json.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { PatternEvent } from "./matching.ts";
import { bytesOfValue } from "./memory.ts";

const EVENT_BYTES = 96;

interface Waiting {
  offset: number;
  time: number;
  outcomes: number;
  /** Of the fields that the pattern reads, in their order. */
  values: readonly JsonValue[];
}

export class WaitingEvents {
  /** The fields of Plan.names that the pattern reads of an event. */
  readonly #fields: readonly number[];
  readonly #keys = new Map<number, Waiting[]>();
  #bytes = 0;

  constructor(fields: readonly number[]) {
    this.#fields = fields;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(slot: number): boolean {
    return this.#keys.has(slot);
  }

  add(slot: number, { offset, time, outcomes, valueOf }: PatternEvent): void {
    const values = this.#fields.map((field) => valueOf(field) ?? null);
    this.#insert(slot, { offset, time, outcomes, values });
  }

  /** When the first event of a key is due, ms; Infinity when there is none. */
  due(slot: number): number {
    return this.#keys.get(slot)?.[0]?.time ?? Infinity;
  }

  /** Takes the first event of a key out. */
  shift(slot: number): PatternEvent {
    const list = this.#keys.get(slot)!;
    const { values, ...event } = list.shift()!;
    this.#bytes -= bytesOf(values);
    if (list.length === 0) this.#keys.delete(slot);
    return { ...event, valueOf: (field) => values[this.#fields.indexOf(field)] ?? undefined };
  }

  close(slot: number): void {
    for (const { values } of this.#keys.get(slot) ?? []) this.#bytes -= bytesOf(values);
    this.#keys.delete(slot);
  }

  write(slot: number, out: ByteWriter): void {
    const list = this.#keys.get(slot) ?? [];
    out.u32(list.length);
    for (const { offset, time, outcomes, values } of list) {
      out.f64(offset);
      out.f64(time);
      out.u32(outcomes);
      if (this.#fields.length > 0) out.text(JSON.stringify(values));
    }
  }

  read(slot: number, input: ByteReader): void {
    for (let events = input.u32(); events > 0; events--) {
      const event = { offset: input.f64(), time: input.f64(), outcomes: input.u32() };
      const values: JsonValue[] = this.#fields.length > 0 ? JSON.parse(input.text()) : [];
      this.#insert(slot, { ...event, values });
    }
  }

  #insert(slot: number, event: Waiting): void {
    const list = this.#keys.get(slot);
    this.#bytes += bytesOf(event.values);
    if (list === undefined) {
      this.#keys.set(slot, [event]);
      return;
    }
    let place = list.length;
    while (place > 0 && list[place - 1]!.time > event.time) place--;
    list.splice(place, 0, event);
  }
}

function bytesOf(values: readonly JsonValue[]): number {
  let bytes = EVENT_BYTES;
  for (const value of values) bytes += bytesOfValue(value);
  return bytes;
}
