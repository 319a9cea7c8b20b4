/** Runs queries of API definitions, each in a Worker of its own that is ended when its time is over. */
import { Worker } from "node:worker_threads";
import type { Clock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { tablesIn } from "../src/model/sql_logic.ts";
import type { LookupControl } from "./lookup_control.ts";
import type { SqlAnswer, SqlTask } from "./sql_worker.ts";

/** Rows of an answer. */
export const SQL_ROWS = { usual: 200, max: 1_000 };
/** Of one query, copying the tables included. */
export const SQL_MS_MAX = 3_000;
const HEAP_MB = 256;
/** Queries at a time; others wait. */
const AT_ONCE_MAX = 2;

export type SqlResult =
  | { ok: true; columns: string[]; rows: JsonObject[]; more: boolean }
  | { ok: false; kind: "refused" | "timeout"; error: string };

export class SqlRunner implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #lookups: Pick<LookupControl, "names" | "current">;
  readonly #running = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #places = AT_ONCE_MAX;

  constructor(parts: { clock: Clock; lookups: Pick<LookupControl, "names" | "current"> }) {
    this.#clock = parts.clock;
    this.#lookups = parts.lookups;
  }

  async run(sql: string, { params, limit }: { params: JsonObject; limit: number }): Promise<SqlResult> {
    const named = await this.#lookups.current(tablesIn(sql, this.#lookups.names()));
    const tables = named.flatMap(({ name, image }) => image === null ? [] : [{ name, image }]);
    await this.#place();
    try {
      return await this.#inWorker({ sql, params, limit: Math.min(Math.max(1, limit), SQL_ROWS.max), tables });
    } finally {
      this.#places++;
      this.#waiting.shift()?.();
    }
  }

  async #place(): Promise<void> {
    while (this.#places === 0) await new Promise<void>((go) => this.#waiting.push(go));
    this.#places--;
  }

  async #inWorker(task: SqlTask): Promise<SqlResult> {
    const worker = new Worker(new URL("./sql_worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#running.add(worker);
    const { promise, resolve } = Promise.withResolvers<SqlResult>();
    const refused = (error: string) => resolve({ ok: false, kind: "refused", error });
    worker.once("message", (answer: SqlAnswer) => {
      if (answer.kind === "refused") refused(answer.message);
      else resolve({ ok: true, columns: answer.columns, rows: answer.rows, more: answer.more });
    });
    worker.once("error", (error: Error) => refused(error.message)).once(
      "exit",
      () => refused("the query ended"),
    );
    const error = `Query timed out after ${SQL_MS_MAX} ms`;
    const timer = this.#clock.after(SQL_MS_MAX, () => resolve({ ok: false, kind: "timeout", error }));
    worker.postMessage(task);
    const result = await promise;
    timer.cancel();
    this.#running.delete(worker);
    await worker.terminate();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((worker) => worker.terminate()));
  }
}
