/** The log of executions, as the reference system shows it. */
import * as z from "zod";
import { instant } from "../../src/base/event_time.ts";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import type { StoredExec } from "../../src/store/exec_log.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { ruleOf } from "./rules.ts";

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const RAW_CHARACTERS_MAX = 32_768;

const limited = z.object({ limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT) });
const asked = z.object({ exec_log_id: z.string().optional(), simulation_id: z.string().optional() });

const NO_RUN: JsonObject = {
  ...{ found: false, exec_log_id: null, simulation_id: null, created_at: null, rule_id: null, status: null },
  ...{ duration_ms: null, error_message: null, condition_evaluated: null, extracted_value: null },
  ...{ evidence: null, raw: null, message: null },
};

/** Before /cep/events/{event_id}: the first route that fits is taken. */
export function execRunRoutes(table: CompatTable, { deps: { store } }: RouteContext): void {
  table.on("GET", "/cep/events/run", { query: asked }, async ({ query }) => {
    const { exec_log_id = null, simulation_id = null } = query;
    const found = exec_log_id === null ? undefined : await store.execs.get(exec_log_id);
    const known = found?.kind === "rule" ? found : undefined;
    if (known === undefined) {
      const message = exec_log_id === null
        ? "Simulations are not logged: give exec_log_id"
        : "There is no such execution";
      return { data: { run: { ...NO_RUN, exec_log_id, simulation_id, message } } };
    }
    const rule = await store.rules.latest(known.subject);
    return { data: { run: runOf(known, isObject(rule?.doc.trigger_spec) ? rule.doc.trigger_spec : {}) } };
  });
}

export function execLogRoutes(table: CompatTable, context: RouteContext): void {
  const { store } = context.deps;
  table.on("GET", "/cep/rules/:id/exec-logs", { query: limited }, async ({ param, query: { limit } }) => {
    const { rule_id } = await ruleOf(param("id"), context);
    const { items } = await store.execs.list({ kind: "rule", subject: rule_id, limit });
    return { data: { logs: items.map(logOf) } };
  });
}

function logOf(
  { exec_id, subject, at, status, duration_ms, error, references, executed_by }: StoredExec,
): JsonObject {
  return {
    ...{ exec_id, rule_id: subject, triggered_at: instant(at), status },
    duration_ms: Math.round(duration_ms),
    ...{ error_message: error, references, executed_by },
  };
}

function runOf(exec: StoredExec, spec: JsonObject): JsonObject {
  const { exec_id, subject, at, status, error, references } = exec;
  const { condition_met } = references;
  const trigger = isObject(references.trigger) ? references.trigger : {};
  return {
    ...NO_RUN,
    ...{ found: true, exec_log_id: exec_id, created_at: instant(at), rule_id: subject },
    ...{ status, duration_ms: Math.round(exec.duration_ms), error_message: error },
    condition_evaluated: typeof condition_met === "boolean" ? condition_met : null,
    extracted_value: trigger.values ?? null,
    evidence: {
      runtime_endpoint: spec.endpoint ?? null,
      method: spec.method ?? null,
      value_path: spec.value_path ?? null,
      op: spec.op ?? null,
      threshold: spec.threshold ?? spec.value ?? null,
      extracted_value: trigger.values ?? null,
      condition_evaluated: typeof condition_met === "boolean" ? condition_met : null,
      fetch_status: null,
      fetch_error: isPollFailure(error) ? error : null,
    },
    raw: JSON.stringify(references).slice(0, RAW_CHARACTERS_MAX),
  };
}

/** Whether the endpoint of a polled rule could not be asked. */
function isPollFailure(error: string | null): boolean {
  return error !== null && error.startsWith("Runtime ");
}
