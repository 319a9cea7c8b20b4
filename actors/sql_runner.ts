/** Runs queries of API definitions, each in a child process of its own that is killed when its time is over. */
import type { Clock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { childArguments } from "../src/sandbox/child_process.ts";
import { tablesIn } from "../src/model/sql_logic.ts";
import type { LookupControl } from "./lookup_control.ts";
import type { SqlAnswer, SqlTask } from "./sql_child.ts";

/** Rows of an answer. */
export const SQL_ROWS = { usual: 200, max: 1_000 };
/** Of one query, copying the tables included. */
export const SQL_MS_MAX = 3_000;
const SQL_CHARACTERS_MAX = 1_048_576;
const HEAP_MB_MAX = 256;
/** Queries at a time; others wait, so many at most. */
const AT_ONCE_MAX = 2;
export const SQL_WAITING_MAX = 100;

export type SqlResult =
  | { ok: true; columns: string[]; rows: JsonObject[]; more: boolean }
  | { ok: false; kind: "refused" | "timeout" | "busy"; error: string };

const BUSY: SqlResult = {
  ok: false,
  kind: "busy",
  error: "Query cannot be run now: too many wait, or the server stops",
};

export interface SqlRunnerParts {
  clock: Clock;
  lookups: Pick<LookupControl, "names" | "current" | "list">;
  /** The Deno that runs children, and variables that find its module cache. */
  program: string;
  environment: Readonly<Record<string, string>>;
}

export class SqlRunner implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #lookups: Pick<LookupControl, "names" | "current" | "list">;
  readonly #parts: SqlRunnerParts;
  readonly #running = new Set<Deno.ChildProcess>();
  readonly #waiting: (() => void)[] = [];
  #places = AT_ONCE_MAX;
  #stopped = false;

  constructor(parts: SqlRunnerParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#lookups = parts.lookups;
  }

  async run(
    sql: string,
    { params, limit, charactersMax = SQL_CHARACTERS_MAX }: {
      params: JsonObject;
      limit: number;
      /** Of the answer, as JSON. */
      charactersMax?: number;
    },
  ): Promise<SqlResult> {
    const tables = await this.#tables(sql);
    if (this.#waiting.length >= SQL_WAITING_MAX) return BUSY;
    await this.#place();
    try {
      if (this.#stopped) return BUSY;
      const wanted = Math.min(Math.max(1, limit), SQL_ROWS.max);
      const images = tables.map(({ image }) => new Uint8Array(image));
      const sizes = tables.map(({ name, key, image }) => ({ name, key, bytes: image.byteLength }));
      return await this.#inChild({ sql, params, limit: wanted, charactersMax, tables: sizes }, images);
    } finally {
      this.#places++;
      this.#waiting.shift()?.();
    }
  }

  async #tables(sql: string) {
    const wanted = tablesIn(sql, this.#lookups.names());
    if (wanted.length === 0) return [];
    const found = await this.#lookups.current(wanted);
    const keys = new Map((await this.#lookups.list()).map(({ name, key }) => [name, key]));
    return found.flatMap(({ name, image }) =>
      image === null ? [] : [{ name, key: keys.get(name) ?? "key", image }]
    );
  }

  async #place(): Promise<void> {
    while (this.#places === 0) await new Promise<void>((go) => this.#waiting.push(go));
    this.#places--;
  }

  async #inChild(task: SqlTask, images: readonly Uint8Array[]): Promise<SqlResult> {
    const { program, environment } = this.#parts;
    const child = new Deno.Command(program, {
      args: childArguments(new URL("./sql_child.ts", import.meta.url), HEAP_MB_MAX),
      ...{ clearEnv: true, env: { ...environment }, stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    this.#running.add(child);
    let late = false;
    const timer = this.#clock.after(SQL_MS_MAX, () => {
      late = true;
      kill(child);
    });
    const [, { stdout }] = await Promise.all([hand(child, task, images), child.output()]);
    timer.cancel();
    this.#running.delete(child);
    if (late) return { ok: false, kind: "timeout", error: `Query timed out after ${SQL_MS_MAX} ms` };
    return resultOf(new TextDecoder().decode(stdout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    const ending = [...this.#running].map((child) => child.status);
    for (const child of this.#running) kill(child);
    await Promise.all(ending);
  }
}

/** Hands the query over. A child that ended early tells by its end. */
async function hand(child: Deno.ChildProcess, task: SqlTask, images: readonly Uint8Array[]): Promise<void> {
  const input = child.stdin.getWriter();
  try {
    await input.write(new TextEncoder().encode(JSON.stringify(task) + "\n"));
    for (const image of images) await input.write(new Uint8Array(image));
    await input.close();
  } catch {
    kill(child);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It ended by itself in this moment: what was asked for.
  }
}

function resultOf(text: string): SqlResult {
  if (text === "") return { ok: false, kind: "refused", error: "the query took more memory than it may" };
  const answer = JSON.parse(text) as SqlAnswer;
  if (answer.kind === "refused") return { ok: false, kind: "refused", error: answer.message };
  return { ok: true, columns: answer.columns, rows: answer.rows, more: answer.more };
}
