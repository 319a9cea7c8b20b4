/**
 * Chunks of the alert stream, read and encoded once for all clients that stand at the same sequence number.
 * A chunk ends at {@linkcode CHUNK_ALERTS_MAX} alerts or {@linkcode CHUNK_BYTES_MAX}, whichever comes first,
 * and holds at least one alert where there is one.
 */
import type { EffectStore, StoredAlert } from "../src/store/effect_store.ts";
import { eventText } from "./event_source.ts";

export const CHUNK_ALERTS_MAX = 100;
export const CHUNK_BYTES_MAX = 1_000_000;
/** Alerts of one read while a chunk is filled: each may be large. */
const READ_ALERTS = 25;
/** Clients stand at few places; each chunk kept may be large. */
const CHUNKS_MAX = 8;
const encoder = new TextEncoder();

export interface AlertChunk {
  bytes: Uint8Array;
  /** Sequence number of its last alert; where it began, when there is none. */
  last: number;
  /** Whether more may follow at once. */
  more: boolean;
}

export class AlertChunks {
  readonly #effects: Pick<EffectStore, "alertsAfter">;
  readonly #byStart = new Map<number, Promise<AlertChunk>>();

  constructor(effects: Pick<EffectStore, "alertsAfter">) {
    this.#effects = effects;
  }

  /** The chunk behind `after`. Nobody may write to its bytes. */
  after(after: number): Promise<AlertChunk> {
    const known = this.#byStart.get(after);
    if (known !== undefined) return known;
    const chunk = this.#read(after);
    this.#byStart.set(after, chunk);
    // A failure is told to those who asked, and asked for anew by others.
    chunk.catch(() => this.#forget(after, chunk));
    const [oldest] = this.#byStart.keys();
    if (this.#byStart.size > CHUNKS_MAX) this.#byStart.delete(oldest!);
    return chunk;
  }

  /** To be called whenever there may be news. */
  clear(): void {
    this.#byStart.clear();
  }

  #forget(after: number, chunk: Promise<AlertChunk>): void {
    if (this.#byStart.get(after) === chunk) this.#byStart.delete(after);
  }

  async #read(after: number): Promise<AlertChunk> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let last = after;
    while (parts.length < CHUNK_ALERTS_MAX) {
      const alerts = await this.#effects.alertsAfter(last, READ_ALERTS);
      for (const stored of alerts) {
        const part = encoder.encode(alertText(stored));
        bytes += part.length;
        if (parts.length > 0 && bytes > CHUNK_BYTES_MAX) return { bytes: joined(parts), last, more: true };
        parts.push(part);
        last = stored.seq;
      }
      if (alerts.length < READ_ALERTS) return { bytes: joined(parts), last, more: false };
    }
    return { bytes: joined(parts), last, more: true };
  }
}

function alertText({ seq, alert }: StoredAlert): string {
  return eventText("alert", alert, seq);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
