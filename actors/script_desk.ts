/**
 * API definitions at work: finds them, runs each by its type under its policy, and writes what came of it into the
 * log of executions. Rules run them (api_script, api_call), people do (/apis), and so do requests to /runtime.
 */
import type { PortOutcome, ScriptPort } from "../src/action/mod.ts";
import type { Clock } from "../src/base/clock.ts";
import { randomId } from "../src/base/ids.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import type { Counter, Histogram, Metrics } from "../src/base/metrics.ts";
import { Problem } from "../src/base/problem.ts";
import type { HttpPort } from "../src/channel/http.ts";
import { cutText } from "../src/channel/cut_text.ts";
import { MASK } from "../src/channel/mod.ts";
import type { ApiVersion } from "../src/model/api_definition.ts";
import type { ScriptEngine } from "../src/sandbox/scripts.ts";
import type { ExecLog } from "../src/store/exec_log.ts";
import { runHttp } from "./http_run.ts";
import { runScript, ScriptFailure } from "./script_run.ts";
import { SQL_ROWS, type SqlRunner } from "./sql_runner.ts";

export interface ScriptDeskParts {
  apis: { get(id: string): ApiVersion | undefined; all(): Iterable<ApiVersion> };
  engine: ScriptEngine;
  sql: Pick<SqlRunner, "run">;
  http: HttpPort;
  execs: Pick<ExecLog, "append">;
  clock: Clock;
  metrics: Metrics;
}

export interface ApiCall {
  params: JsonObject;
  input: JsonValue;
  executedBy: string;
  /** Rows of a query, at most. */
  limit?: number;
  /** Of the run, where that is less than its policy says. */
  deadlineMs?: number;
}

/** What a run came to, by the type of the definition. */
export interface ApiRun {
  type: ApiVersion["type"];
  /** {output, logs, ...}, {columns, rows, ...} or {status_code, data, ...}, with its `references`. */
  result: JsonObject;
  references: JsonObject;
  logs: readonly string[];
  duration_ms: number;
}

/** A definition that may not be saved yet. */
export type Runnable = Pick<ApiVersion, "api_name" | "type" | "logic" | "runtime_policy">;

const PARAMS_CHARACTERS_MAX = 4_000;
const LOG_LINES_KEPT = 20;
const LINE_CHARACTERS_KEPT = 500;

const SQL_REFUSALS = {
  timeout: { status: 500, code: "api_timeout" },
  busy: { status: 503, code: "api_busy" },
  refused: { status: 400, code: "sql_refused" },
} as const;

export class ScriptDesk {
  readonly #p: ScriptDeskParts;
  readonly #runs: Counter;
  readonly #seconds: Histogram;
  readonly #ending = new AbortController();

  constructor(parts: ScriptDeskParts) {
    this.#p = parts;
    this.#runs = parts.metrics.counter("tocsin_api_runs_total", "Runs of API definitions by their outcome.");
    this.#seconds = parts.metrics.histogram(
      "tocsin_api_run_seconds",
      "Duration of a run of an API definition.",
    );
  }

  /** @throws Problem 404 */
  find(apiId: string): ApiVersion {
    const found = this.#p.apis.get(apiId);
    if (found !== undefined) return found;
    throw new Problem({ status: 404, code: "api_not_found", detail: `API definition not found: ${apiId}` });
  }

  /** The active one behind a path; the path may begin with /runtime. */
  at(method: string, path: string): ApiVersion | undefined {
    const endpoint = path.replace(/^\/runtime(?=\/)/, "");
    for (const api of this.#p.apis.all()) {
      if (api.is_active && api.endpoint === endpoint && api.method === method) return api;
    }
    return undefined;
  }

  /**
   * Runs a definition that is saved, and logs it.
   * @throws Problem 404; 400 where it may not run or its parameters do not do; 500 where it failed; 502 where what it
   * asked did
   */
  async execute(apiId: string, call: ApiCall): Promise<ApiRun> {
    return await this.executeApi(this.find(apiId), call);
  }

  async executeApi(api: ApiVersion, call: ApiCall): Promise<ApiRun> {
    if (api.type === "script" && !api.runtime_policy.allow_runtime) {
      throw new Problem({
        ...{ status: 400, code: "runtime_disabled" },
        detail: "Script execution is disabled for this API: runtime_policy.allow_runtime is not true",
      });
    }
    const { clock } = this.#p;
    const [at, from] = [clock.now(), clock.monotonic()];
    try {
      const run = await this.run(api, call);
      await this.#log(api, call, { at, from, run, error: null });
      return run;
    } catch (error) {
      if (error instanceof Problem) await this.#log(api, call, { at, from, run: null, error });
      throw error;
    }
  }

  /** Runs without a log, also what is not saved. @throws Problem as {@linkcode execute} */
  async run(api: Runnable, call: ApiCall): Promise<ApiRun> {
    const from = this.#p.clock.monotonic();
    try {
      const done = await this.#runType(api, call);
      const duration_ms = Math.round(this.#p.clock.monotonic() - from);
      this.#count(api, "success", from);
      return { type: api.type, logs: [], ...done, result: { ...done.result, duration_ms }, duration_ms };
    } catch (error) {
      this.#count(api, "fail", from);
      throw error;
    }
  }

  #runType(
    api: Runnable,
    call: ApiCall,
  ): Promise<Pick<ApiRun, "result" | "references"> & { logs?: readonly string[] }> {
    const { http, clock, engine } = this.#p;
    const signal = this.#ending.signal;
    if (api.type === "http") return runHttp(api, call, { http, clock, signal });
    if (api.type === "sql") return this.#runSql(api, call);
    const askApi = (request: JsonObject, leftMs: number) => this.#asked(request, call, leftMs);
    return runScript(api, call, { engine, http, signal, askApi });
  }

  async #runSql({ logic, runtime_policy }: Runnable, { params, limit }: ApiCall) {
    const asked = limit ?? (typeof params.limit === "number" ? params.limit : SQL_ROWS.usual);
    const done = await this.#p.sql.run(logic, {
      ...{ params, limit: asked, charactersMax: runtime_policy.max_response_bytes },
    });
    if (!done.ok) {
      throw new Problem({ ...SQL_REFUSALS[done.kind], detail: done.error });
    }
    const { columns, rows, more } = done;
    return {
      result: { executed_sql: logic, params, columns, rows, row_count: rows.length, truncated: more },
      references: { sql_template: logic, params, limit: asked },
    };
  }

  /** A definition that a script asks for: by its path or its id. @throws Error what the script sees */
  async #asked(
    { target, params, limit, timeout_ms }: JsonObject,
    call: ApiCall,
    leftMs: number,
  ): Promise<JsonValue> {
    const name = typeof target === "string" ? target : "";
    const api = name.startsWith("/") ? this.at("GET", name) ?? this.at("POST", name) : this.#p.apis.get(name);
    if (api === undefined || api.type === "script") {
      throw new Error(`API definition not found, or a script: ${name}`);
    }
    const run = await this.executeApi(api, {
      params: isObject(params) ? params : {},
      ...{ input: null, executedBy: `script ${call.executedBy}` },
      deadlineMs: typeof timeout_ms === "number" && timeout_ms > 0 ? Math.min(leftMs, timeout_ms) : leftMs,
      ...(typeof limit === "number" && { limit }),
    });
    return run.result;
  }

  async #log(
    { api_id, type, api_name }: ApiVersion,
    { params, executedBy }: ApiCall,
    { at, from, run, error }: { at: number; from: number; run: ApiRun | null; error: Problem | null },
  ): Promise<void> {
    const masked = maskedParams(params);
    const shown = JSON.stringify(masked).length <= PARAMS_CHARACTERS_MAX ? masked : { truncated: true };
    const logs = run?.logs ?? (error instanceof ScriptFailure ? error.logs : []);
    const references: JsonObject = {
      ...{ api_name, mode: type, request_params: shown },
      row_count: run === null ? null : run.result.row_count ?? null,
      logs: logs.slice(0, LOG_LINES_KEPT).map((line) => cutText(line, LINE_CHARACTERS_KEPT)),
    };
    await this.#p.execs.append([{
      ...{
        exec_id: `ex_${randomId()}`,
        kind: "api",
        subject: api_id,
        at,
        executed_by: executedBy,
        references,
      },
      duration_ms: Math.round(this.#p.clock.monotonic() - from),
      status: error === null ? "success" : "fail",
      error: error?.message ?? null,
    }]);
  }

  #count({ type }: Runnable, outcome: string, from: number): void {
    this.#runs.add(1, { type, outcome });
    this.#seconds.observe((this.#p.clock.monotonic() - from) / 1000, { type });
  }

  /** Ends requests under way. */
  stop(): void {
    this.#ending.abort();
  }
}

const SECRET_NAME = /token|secret|passw|authori[sz]ation|credential|api_?key|private_?key/i;

/** Parameters as the log of executions shows them. */
function maskedParams(params: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) =>
      [name, SECRET_NAME.test(name) ? MASK : isObject(value) ? maskedParams(value) : value] as const
    ),
  );
}

/** What actions of rules ask. */
export function scriptPort(desk: ScriptDesk): ScriptPort {
  return {
    async run({ api_id, params, input, only, executedBy, deadlineMs }): Promise<PortOutcome> {
      try {
        const api = desk.find(api_id);
        if (only === "script" && api.type !== "script") {
          const error = `API definition is not a script type: ${api_id}`;
          return { ok: false, status: 400, reason: "not_a_script", error, again: false };
        }
        const run = await desk.executeApi(api, { params, input, executedBy, deadlineMs });
        const { output, logs, references } = run.result;
        return {
          ok: true,
          result: run.type === "script"
            ? { output: output ?? null, logs: logs ?? [], references: references ?? {} }
            : { result: run.result },
          references: {
            ...{ api_id, api_name: api.api_name, mode: api.type, duration_ms: run.duration_ms },
            ...{ params_passed: Object.keys(params), references: run.references },
            logs_count: run.logs.length,
          },
        };
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const { status, code, message } = error;
        return { ok: false, status, reason: code, error: message, again: status >= 500 };
      }
    },
  };
}
