/**
 * Fills lookup tables from the URLs that they name, each at its interval. What comes back becomes a version only
 * when it differs from the one at hand. A poll that fails changes nothing: the table keeps its rows and shows
 * the error; the next poll is after the interval as ever.
 */
import type { Clock, Timer } from "../src/base/clock.ts";
import { randomId } from "../src/base/ids.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import { Problem } from "../src/base/problem.ts";
import { SecretMarks } from "../src/base/secret_marks.ts";
import type { HttpPort } from "../src/channel/http.ts";
import { LOOKUP_BYTES_MAX } from "../src/model/lookup.ts";
import { cleanHeaders } from "../src/notify/script_http.ts";
import { StorageBusyError, StorageFullError } from "../src/store/event_log.ts";
import type { LookupVersion } from "../src/store/lookup_store.ts";
import type { LookupBuilder } from "./lookup_builder.ts";
import type { LookupControl } from "./lookup_control.ts";

export interface LookupPollerParts {
  lookups: LookupControl;
  builder: LookupBuilder;
  http: HttpPort;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  onFatal(error: unknown): void;
}

/** How the polls of a table went. */
export interface PollStatus {
  /** ms; null: none has ended yet. */
  polled_at: number | null;
  /** Of the last poll; null when it went well. */
  last_error: string | null;
}

interface Course extends PollStatus {
  /** What tells one source from the next. */
  source: string;
  timer: Timer | null;
}

const NOT_YET: PollStatus = { polled_at: null, last_error: null };

export class LookupPoller implements AsyncDisposable {
  readonly #p: LookupPollerParts;
  readonly #courses = new Map<string, Course>();
  readonly #stopping = new AbortController();
  readonly #polls = new Set<Promise<void>>();
  readonly #counts: { ok(): void; failed(): void };

  constructor(parts: LookupPollerParts) {
    this.#p = parts;
    const family = parts.metrics.counter("tocsin_lookup_polls_total", "Polls of lookup tables, by outcome.");
    const [ok, failed] = [family.of({ outcome: "ok" }), family.of({ outcome: "failed" })];
    this.#counts = { ok: () => ok.add(1), failed: () => failed.add(1) };
    parts.lookups.onSaved = (version) => this.#see(version);
  }

  /** Begins with the tables that have a source now. */
  async start(): Promise<void> {
    for (const version of await this.#p.lookups.list()) this.#see(version);
  }

  /** null: the table has no source. */
  statusOf({ name, source }: LookupVersion): PollStatus | null {
    if (source === null) return null;
    const { polled_at, last_error } = this.#courses.get(name) ?? NOT_YET;
    return { polled_at, last_error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    for (const { timer } of this.#courses.values()) timer?.cancel();
    await Promise.all(this.#polls);
  }

  /** A table was saved: its source may be new, or gone. */
  #see({ name, source, deleted }: LookupVersion): void {
    const wanted = source === null || deleted ? null : JSON.stringify(source);
    const known = this.#courses.get(name);
    if (known?.source === wanted) return;
    known?.timer?.cancel();
    this.#courses.delete(name);
    if (wanted === null) return;
    const course: Course = { ...NOT_YET, source: wanted, timer: null };
    this.#courses.set(name, course);
    this.#poll(name, course);
  }

  #poll(name: string, course: Course): void {
    if (this.#stopping.signal.aborted) return;
    const poll: Promise<void> = this.#once(name, course).catch(this.#p.onFatal).finally(() =>
      this.#polls.delete(poll)
    );
    this.#polls.add(poll);
  }

  async #once(name: string, course: Course): Promise<void> {
    const version = await this.#p.lookups.get(name).catch(() => null);
    if (version?.source === null || version === null) return;
    const error = await this.#fetch(version);
    if (this.#courses.get(name) !== course || this.#stopping.signal.aborted) return;
    course.polled_at = this.#p.clock.now();
    course.last_error = error;
    if (error === null) this.#counts.ok();
    else this.#failed(name, error);
    const wait = 1000 * version.source.interval_seconds;
    course.timer = this.#p.clock.after(wait, () => this.#poll(name, course));
  }

  #failed(name: string, error: string): void {
    this.#counts.failed();
    this.#p.logger.warn("a lookup table could not be polled", { name, error });
  }

  /** Answers what went wrong. */
  async #fetch(version: LookupVersion): Promise<string | null> {
    const { url, format, headers = {} } = version.source!;
    const secrets = new SecretMarks(randomId());
    const accept = format === "csv" ? "text/csv" : "application/json";
    const result = await this.#p.http.send({
      ...{ method: "GET", url: secrets.marked(url), body: new Uint8Array(0), secrets },
      headers: { accept, ...cleanHeaders(Object.entries(secrets.markedJson(headers))) },
      signal: this.#stopping.signal,
      answer_bytes_max: LOOKUP_BYTES_MAX,
    });
    if (result.kind === "failed") return result.message;
    if (result.status !== 200) return `Cannot take the table: the answer has status ${result.status}`;
    if (result.body_end === "cut") return `Cannot take the table: it has more than ${LOOKUP_BYTES_MAX} bytes`;
    if (result.body_end === "broken") return "Cannot take the table: the answer broke off";
    try {
      const bytes = new TextEncoder().encode(result.body);
      await this.#p.lookups.refresh(
        version,
        await this.#p.builder.build({ bytes, format, key: version.key }),
      );
      return null;
    } catch (error) {
      const passes = error instanceof Problem || error instanceof StorageFullError ||
        error instanceof StorageBusyError;
      if (!passes) throw error;
      return error.message;
    }
  }
}
