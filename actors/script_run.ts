/** One run of a script: in the sandbox, with what it may ask of the host. */
import { randomId } from "../src/base/ids.ts";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { badRequest, Problem, type ProblemInit } from "../src/base/problem.ts";
import { SecretMarks } from "../src/base/secret_marks.ts";
import type { HttpPort } from "../src/channel/http.ts";
import { scriptHttp } from "../src/notify/script_http.ts";
import { SCRIPT_INPUT_CHARACTERS_MAX, type ScriptEngine } from "../src/sandbox/scripts.ts";
import type { ApiCall, Runnable } from "./script_desk.ts";

export interface ScriptRunParts {
  engine: ScriptEngine;
  http: HttpPort;
  signal: AbortSignal;
  askApi(request: JsonObject, leftMs: number): Promise<JsonValue>;
}

/** Why a run failed, with the lines that it logged until then. */
export class ScriptFailure extends Problem {
  readonly logs: readonly string[];

  constructor(init: ProblemInit, logs: readonly string[]) {
    super(init);
    this.logs = logs;
  }
}

/** @throws Problem 400 for an input that is too long; ScriptFailure 500 where it failed, 503 where there is no room */
export async function runScript(
  { logic, runtime_policy: policy }: Runnable,
  { params, input, deadlineMs = Infinity }: ApiCall,
  { engine, http, signal, askApi }: ScriptRunParts,
) {
  if (JSON.stringify({ params, input }).length > SCRIPT_INPUT_CHARACTERS_MAX) {
    throw badRequest(
      "too_large",
      `Cannot run a script on more than ${SCRIPT_INPUT_CHARACTERS_MAX} characters`,
    );
  }
  // Known to this run alone: what it shows of them is worth nothing after it.
  const secrets = new SecretMarks(randomId());
  const result = await engine.run(logic, {
    ...{ params, input, secrets, outputMax: policy.max_response_bytes },
    deadlineMs: Math.max(1, Math.ceil(Math.min(policy.timeout_ms, deadlineMs))),
    host: (ask, leftMs) =>
      ask.kind === "http"
        ? scriptHttp(ask.request, { policy, http, secrets, signal, leftMs: Math.ceil(leftMs) })
        : askApi(secrets.shownJson(ask.request), Math.ceil(leftMs)),
  });
  if (!result.ok) {
    const busy = result.kind === "sandbox";
    const error = secrets.shown(result.error);
    const detail = busy ? `Script cannot be run now: ${error}` : error;
    throw new ScriptFailure(
      { status: busy ? 503 : 500, code: `script_${result.kind}`, detail },
      result.logs.map((line) => secrets.shown(line)),
    );
  }
  const { allow_runtime: _, ...applied } = policy;
  const references: JsonObject = {
    ...{ params, input },
    policy_applied: { ...applied, allowed_hosts: [...policy.allowed_hosts] },
  };
  const [output, logs] = [secrets.shownJson(result.output), result.logs.map((line) => secrets.shown(line))];
  return { result: { output, params, input, logs, references }, references, logs };
}
