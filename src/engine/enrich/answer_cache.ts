/**
 * Answers of calls that may be used again, by what was asked, until their time is over. What they take is
 * bounded; the oldest go first. Which are held follows from the log alone.
 */
import type { JsonValue } from "../../base/json.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

/** Of one rule. */
export const ANSWERS_MAX = 10_000;
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const ENTRY_BYTES = 120;

interface Entry {
  /** Arrival, ms; exclusive. */
  until: number;
  /** JSON */
  text: string;
}

export class AnswerCache {
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** undefined: there is none that counts at `arrival`, ms. */
  get(key: string, arrival: number): JsonValue | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || arrival >= entry.until ? undefined : JSON.parse(entry.text);
  }

  put(key: string, value: JsonValue, { until, arrival }: { until: number; arrival: number }): void {
    this.#drop(key);
    this.#add(key, { until, text: JSON.stringify(value) });
    for (const [oldest, entry] of this.#entries) {
      const fits = this.#entries.size <= ANSWERS_MAX && this.#bytes <= ANSWER_BYTES_MAX;
      if (fits && entry.until > arrival) break;
      this.#drop(oldest);
    }
  }

  adopt(other: AnswerCache): void {
    for (const [key, entry] of other.#entries) this.#add(key, entry);
  }

  write(out: ByteWriter): void {
    out.u32(this.#entries.size);
    for (const [key, { until, text }] of this.#entries) {
      out.text(key);
      out.f64(until);
      out.text(text);
    }
  }

  read(input: ByteReader): void {
    for (let n = input.u32(); n > 0; n--) {
      this.#add(input.text(), { until: input.f64(), text: input.text() });
    }
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(key, entry);
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(key, entry);
  }
}

function bytesOf(key: string, { text }: Entry): number {
  return ENTRY_BYTES + 2 * (key.length + text.length);
}
