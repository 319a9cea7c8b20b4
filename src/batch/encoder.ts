/**
 * Turns parsed events into a columnar batch (layout: batch.ts). It knows the live rules, and reads from
 * each event only what one of them needs: times, index fields and the columns of rules without an index
 * for all rows, further columns only for rows that the index lets through. So the cost of an event grows
 * with the rules that match it, not with the rules that exist.
 *
 * `prepare` fills scratch memory that the next `prepare` overwrites: it allocates little and may be done
 * again on parts of the same events when a batch turns out larger than the caller can take.
 */
import { assert, present } from "../base/assert.ts";
import type { JsonObject } from "../base/json.ts";
import { BATCH_ROWS_MAX } from "./batch.ts";
import { batchBytes, type BatchParts, writeBatch } from "./batch_writer.ts";
import type { Registry, Subscription } from "./binding.ts";
import { Candidates } from "./candidates.ts";
import { ColumnBuffer, type Rows } from "./column_buffer.ts";
import type { ColumnUse } from "./column_use.ts";
import { Dictionary } from "./dictionary.ts";
import { TimeBuffer } from "./time_buffer.ts";
import type { TopicSchema } from "./topic_schema.ts";
import { TopicSchemas } from "./topic_schemas.ts";

/** A batch that is ready to be written; good until the encoder's next `prepare`. */
export interface Prepared {
  rows: number;
  bytes: number;
  /** Worker slots with a rule that could match a row, ascending. */
  slots: readonly number[];
  /** Whether anybody must see the batch, if only for its times. */
  needed: boolean;
  /** The latest time of its rows by any reading, rows of the far future left out, ms. */
  latest: number;
  /** @param target exactly `bytes` long, its byteOffset a multiple of 8; may be shared memory. */
  write(target: Uint8Array): void;
}

export class Encoder {
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #schemas: TopicSchemas;
  readonly #dictionary: Dictionary;
  readonly #candidates = new Candidates();
  readonly #columnPool: ColumnBuffer[] = [];
  readonly #timePool: TimeBuffer[] = [];
  #turn = 0;

  constructor(registry: Registry) {
    this.#schemas = new TopicSchemas(registry);
    this.#dictionary = new Dictionary(registry);
  }

  add(s: Subscription): void {
    assert(!this.#subscriptions.has(s.handle), "a handle is subscribed once");
    const own = { ...s };
    this.#subscriptions.set(s.handle, own);
    this.#schemas.add(own);
  }

  remove(handle: number): void {
    const s = present(this.#subscriptions.get(handle), "the subscription to remove");
    this.#subscriptions.delete(handle);
    this.#schemas.remove(s);
  }

  /** The rule is hosted by another worker slot from the next batch on. */
  move(handle: number, slot: number): void {
    const s = present(this.#subscriptions.get(handle), "the subscription to move");
    s.slot = slot;
    this.#schemas.moved(s);
  }

  /** @param arrival of the record, ms since the epoch */
  prepare(topic: string, events: readonly JsonObject[], arrival: number): Prepared {
    assert(events.length <= BATCH_ROWS_MAX, "a batch has at most BATCH_ROWS_MAX rows");
    const schema = this.#schemas.of(topic);
    const parts = this.#encode(schema, events, arrival);
    const turn = ++this.#turn;
    const slots = this.#slots(schema);
    // What is needed for its times alone carries nothing else.
    if (slots.length === 0 && schema.clocked) {
      this.#dictionary.begin();
      parts.columns = [];
    }
    const bytes = batchBytes(parts);
    return {
      rows: events.length,
      bytes,
      slots,
      needed: slots.length > 0 || schema.clocked,
      latest: parts.times.reduce((latest, time) => Math.max(latest, time.latest), -Infinity),
      write: (target) => {
        assert(turn === this.#turn, "a prepared batch is written before the next is prepared");
        assert(target.byteLength === bytes && target.byteOffset % 8 === 0, "the target fits the batch");
        writeBatch(parts, target);
      },
    };
  }

  #encode(schema: TopicSchema, events: readonly JsonObject[], arrival: number): BatchParts {
    const dictionary = this.#dictionary;
    dictionary.begin();
    const plain = events.every((event) => event.specversion === undefined);
    const rows: Rows = { events, plain, dictionary };
    const columns = this.#denseColumns(schema, rows);
    this.#candidates.find(schema.index, events.length, dictionary);
    this.#sparseColumns(columns, rows);
    const times = this.#times(schema, events, arrival);
    return { rows: events.length, columns, times, dictionary, candidates: this.#candidates };
  }

  #denseColumns(schema: TopicSchema, rows: Rows): ColumnBuffer[] {
    const columns: ColumnBuffer[] = [];
    for (const use of schema.dense()) {
      use.buffer = this.#column(columns.length);
      use.buffer.dense(use, rows);
      columns.push(use.buffer);
    }
    return columns;
  }

  #sparseColumns(columns: ColumnBuffer[], rows: Rows): void {
    const wanted: ColumnUse[] = [];
    this.#candidates.markSparse((use) => wanted.push(use));
    for (const use of wanted) {
      const buffer = this.#column(columns.length);
      const marks = present(use.marks, "the marks of a wanted column");
      buffer.sparse(use, rows, marks);
      columns.push(buffer);
      marks.fill(0, 0, rows.events.length);
      use.marked = false;
    }
  }

  #times(schema: TopicSchema, events: readonly JsonObject[], arrival: number): TimeBuffer[] {
    const times: TimeBuffer[] = [];
    for (const { reader } of schema.times()) {
      const buffer = this.#timePool[times.length] ??= new TimeBuffer();
      buffer.read(reader, events, arrival);
      times.push(buffer);
    }
    return times;
  }

  #slots(schema: TopicSchema): readonly number[] {
    const always = schema.alwaysSlots();
    if (this.#candidates.entries === 0) return always;
    const slots = new Set(always);
    this.#candidates.addSlots(slots);
    return [...slots].sort((a, b) => a - b);
  }

  #column(position: number): ColumnBuffer {
    return this.#columnPool[position] ??= new ColumnBuffer();
  }
}
