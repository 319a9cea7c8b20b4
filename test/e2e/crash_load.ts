/**
 * Load for a server that is killed again and again: clients that post uniquely numbered events in every form
 * and note of each request whether it was answered. A request with an Idempotency-Key is repeated until it
 * is; of the others that got no answer nobody knows.
 */
import type { Rng } from "../../src/base/rng.ts";

/** One number is never sent in two requests, but in repeats of one. */
export interface CrashEvent {
  n: number;
  host: string;
  level: number;
  value: number;
  timestamp: number;
}

/** Event times lie in the past, so that no event is ahead of its arrival. */
const TIME_FIRST = Date.UTC(2026, 0, 1);
const TIME_STEP_MS = 3;
const HOSTS = 20;
const LINES_MAX = 40;
const CLIENTS_PER_FORM = 3;

interface Form {
  type: string;
  eventsMax: number;
  keyed: boolean;
  body(events: readonly CrashEvent[]): string;
}

const FORMS: readonly Form[] = [
  { type: "application/json", eventsMax: 1, keyed: false, body: ([event]) => JSON.stringify(event) },
  { type: "application/json", eventsMax: 12, keyed: false, body: (events) => JSON.stringify(events) },
  { type: "application/x-ndjson", eventsMax: LINES_MAX, keyed: false, body: lines },
  { type: "application/x-ndjson", eventsMax: LINES_MAX, keyed: true, body: lines },
  { type: "application/json", eventsMax: 1, keyed: true, body: ([event]) => JSON.stringify(event) },
];

export class CrashLoad {
  /** Every number that was sent. */
  sent = 0;
  /** Numbers of each answered request. */
  readonly answered: number[][] = [];
  /** Numbers of each request that got no answer and was not repeated. */
  readonly unanswered: number[][] = [];
  /** Answers that were no 202, and repeats that were answered otherwise than before. */
  readonly wrong: string[] = [];
  readonly #rng: Rng;
  readonly #origin: () => Promise<string>;
  #stopping = false;

  /** @param origin resolves to the address of the server that runs, once one does */
  constructor(rng: Rng, origin: () => Promise<string>) {
    this.#rng = rng;
    this.#origin = origin;
  }

  /** Posts, some clients for each form, until {@linkcode stop}; then ends what is under way. */
  async run(): Promise<void> {
    const clients = FORMS.flatMap((form) =>
      Array.from({ length: CLIENTS_PER_FORM }, () => this.#client(form))
    );
    await Promise.all(clients);
  }

  stop(): void {
    this.#stopping = true;
  }

  async #client(form: Form): Promise<void> {
    while (!this.#stopping) {
      const events = Array.from({ length: 1 + this.#below(form.eventsMax) }, () => this.#event());
      const numbers = events.map((event) => event.n);
      const body = form.body(events);
      const key = form.keyed ? `crash-${numbers[0]}` : null;
      const first = await this.#post(body, form.type, key);
      if (first === null) this.unanswered.push(numbers);
      else this.answered.push(numbers);
      if (key !== null && this.#below(4) === 0) {
        const again = await this.#post(body, form.type, key);
        if (again !== first) this.wrong.push(`key ${key}: first ${first}, then ${again}`);
      }
    }
  }

  /** The answer's text; null when there was none and the request cannot be repeated. */
  async #post(body: string, type: string, key: string | null): Promise<string | null> {
    const headers = { "content-type": type, ...key !== null && { "idempotency-key": key } };
    for (;;) {
      const origin = await this.#origin();
      try {
        const answer = await fetch(`${origin}/api/v1/events?topic=crash`, { method: "POST", headers, body });
        const text = await answer.text();
        if (answer.status !== 202) this.wrong.push(`${answer.status} ${text}`);
        return text;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        if (key === null) return null;
      }
    }
  }

  #event(): CrashEvent {
    const n = this.sent++;
    const value = this.#below(100);
    const timestamp = TIME_FIRST + n * TIME_STEP_MS;
    return { n, host: `h${n % HOSTS}`, level: this.#below(50), value, timestamp };
  }

  #below(n: number): number {
    return Math.floor(this.#rng.next() * n);
  }
}

function lines(events: readonly CrashEvent[]): string {
  return events.map((event) => JSON.stringify(event)).join("\n");
}
