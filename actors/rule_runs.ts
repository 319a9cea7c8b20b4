/**
 * Runs of rules beside their events: by hand, or by the action of another rule. The conditions are evaluated on a
 * payload by the simulator; when they hold, an alert with the reason "manual" is written with everything that its
 * rule does with one. By hand all of that is attempted at once, one attempt each; a run that an alert's action asked
 * for leaves it to the outbox, like any alert's (SEMANTICS 31).
 *
 * A rule runs by hand once at a time, and never again within a chain of runs that it is part of: such a run is
 * skipped. A chain is at most {@linkcode CHAIN_DEPTH_MAX} rules long, and by hand it ends after {@linkcode CHAIN_MS_MAX}. Each
 * run is one row of the log of executions.
 */
import { CHAIN_DEPTH_MAX, type PortOutcome, type RulePort } from "../src/action/mod.ts";
import type { Clock, Timer } from "../src/base/clock.ts";
import { instant, timeOf } from "../src/base/event_time.ts";
import { derivedId, randomId } from "../src/base/ids.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import type { Histogram, Metrics } from "../src/base/metrics.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Exec, ExecStatus } from "../src/model/exec.ts";
import { parseRule, type Rule } from "../src/model/rule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import type { NotifierPool } from "./notifier_pool.ts";
import type { Poller } from "./poller.ts";
import type { RuleControl } from "./rule_control.ts";
import { RUN_STOPPED, RunTeller, type RunTellerParts, type Told } from "./run_teller.ts";

/** Of everything that a run by hand leads to. */
export const CHAIN_MS_MAX = 60_000;

export interface RuleRunsParts extends RunTellerParts {
  rules: Pick<RuleControl, "simulate">;
  store: Pick<Store, "rules" | "effects" | "execs" | "outbox">;
  pool: Pick<NotifierPool, "attemptOnce" | "offer">;
  poller: Pick<Poller, "ask">;
  clock: Clock;
  metrics: Metrics;
}

export interface RunResult {
  exec_id: string;
  /** "dry_run": the conditions do not hold; "fail": an action or a delivery failed. */
  status: ExecStatus;
  condition_met: boolean;
  alert_id: string | null;
  /** What the actions came to; null where there are none. */
  result: JsonObject | null;
  /** What became of each delivery. */
  deliveries: Told["deliveries"];
  references: JsonObject;
  error_message: string | null;
  /** As HTTP would say the failure; null unless it failed. */
  error_status: number | null;
  duration_ms: number;
}

/** A run that is asked for. */
interface Asked {
  ruleId: string;
  payload: JsonObject | null;
  executedBy: string;
  /** Everything at once, or by the outbox. */
  mode: "at_once" | "queued";
  /** The rules whose actions led here, the first one first. */
  chain: readonly string[];
  /** When the chain must have ended, ms since the epoch. */
  until: number;
  /** Names the run where it may be asked for twice. */
  runId: string;
}

type Ended = Omit<RunResult, "duration_ms" | "exec_id" | "references"> & { references?: JsonObject };

const NOTHING = { condition_met: false, alert_id: null, result: null, deliveries: [], error_status: null };
const RUNNING = "rule already running";

export class RuleRuns implements RulePort {
  readonly #p: RuleRunsParts;
  readonly #teller: RunTeller;
  readonly #running = new Set<string>();
  readonly #depths: Histogram;

  constructor(parts: RuleRunsParts) {
    this.#p = parts;
    this.#teller = new RunTeller(parts);
    this.#depths = parts.metrics.histogram("tocsin_chain_depth", "Rules of a chain, by each run.", [
      ...[1, 2, 3, 4, 6, CHAIN_DEPTH_MAX],
    ]);
  }

  /** By hand, also of a rule that is not active. @throws Problem 404, and 400 where it cannot be evaluated */
  async trigger(
    ruleId: string,
    payload: JsonObject | null,
    { executedBy }: { executedBy: string },
  ): Promise<RunResult> {
    const row = await this.#p.store.rules.get(ruleId);
    if (row === undefined) throw notFound("rule", ruleId);
    const until = this.#p.clock.now() + CHAIN_MS_MAX;
    const runId = randomId();
    return await this.#logged(row, { ruleId, payload, executedBy, mode: "at_once", chain: [], until, runId });
  }

  /** By an action of another rule. */
  async run(call: Parameters<RulePort["run"]>[0]): Promise<PortOutcome> {
    const { rule_id, payload, by, runId, deadlineMs } = call;
    const { chain, mode, until } = lineage(by, this.#p.clock.now());
    const row = await this.#p.store.rules.get(rule_id);
    const refusal = this.#refusal(row, { rule_id, chain, until });
    if (refusal !== null) return refusal;
    const asked: Asked = {
      ...{ ruleId: rule_id, payload, executedBy: `rule ${by.rule_id}`, mode, chain, runId },
      until: Math.min(until, this.#p.clock.now() + deadlineMs),
    };
    try {
      return outcomeOf(row!, await this.#logged(row!, asked));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { status, code, message } = error;
      return { ok: false, status, reason: code, error: message, again: status >= 500 };
    }
  }

  #refusal(
    row: RuleVersion | undefined,
    { rule_id, chain, until }: { rule_id: string; chain: readonly string[]; until: number },
  ): PortOutcome | null {
    const refused = (status: number, reason: string, error: string): PortOutcome => (
      { ok: false, status, reason, error, again: false }
    );
    if (row === undefined) return refused(404, "target_missing", `Target rule not found: ${rule_id}`);
    if (!row.active) return refused(400, "target_inactive", `Target rule is not active: ${rule_id}`);
    if (chain.includes(rule_id)) return null;
    if (chain.length >= CHAIN_DEPTH_MAX) {
      const path = [...chain, rule_id].join(" → ");
      const error = `Cannot run a chain of more than ${CHAIN_DEPTH_MAX} rules: ${path}`;
      return refused(400, "chain_too_deep", error);
    }
    if (this.#p.clock.now() < until) return null;
    return refused(
      500,
      "chain_timeout",
      `Cannot go on with the chain: it timed out after ${CHAIN_MS_MAX / 1000} s`,
    );
  }

  /** Runs, and writes what came of it. What a refusal throws is written too. */
  async #logged(row: RuleVersion, asked: Asked): Promise<RunResult> {
    const { clock, store } = this.#p;
    const [at, from] = [clock.now(), clock.monotonic()];
    this.#depths.observe(asked.chain.length + 1, {});
    const exec_id = `ex_run_${asked.runId}_${at}`;
    const chain = [...asked.chain, asked.ruleId];
    const write = async (ended: Ended): Promise<RunResult> => {
      const duration_ms = Math.round(clock.monotonic() - from);
      const { status, error_message: error, alert_id, condition_met } = ended;
      const references: JsonObject = {
        ...ended.references,
        ...{ condition_met, alert_id, chain, mode: asked.mode },
      };
      const exec: Exec = {
        ...{ exec_id, kind: "rule", subject: asked.ruleId, at, duration_ms, status, error, references },
        executed_by: asked.executedBy,
      };
      await store.execs.append([exec]);
      return { ...ended, exec_id, references, duration_ms };
    };
    try {
      return await write(await this.#alone(row, asked));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await write({ ...NOTHING, status: "fail", error_message: error.message, error_status: error.status });
      throw error;
    }
  }

  async #alone(row: RuleVersion, asked: Asked): Promise<Ended> {
    const { ruleId, chain, mode } = asked;
    // What an alert asks for must not be lost, so it never meets a lock: only a cycle is skipped.
    if (mode === "queued" && !chain.includes(ruleId)) return await this.#evaluateAndTell(row, asked);
    if (this.#running.has(ruleId) || chain.includes(ruleId)) {
      const references = { skipped_reason: RUNNING };
      return { ...NOTHING, status: "skipped", error_message: RUNNING, references };
    }
    this.#running.add(ruleId);
    try {
      return await this.#evaluateAndTell(row, asked);
    } finally {
      this.#running.delete(ruleId);
    }
  }

  async #evaluateAndTell(row: RuleVersion, asked: Asked): Promise<Ended> {
    const { runId, mode, chain, ruleId, until } = asked;
    const alertId = mode === "queued" ? derivedId("al_run_", [runId]) : `al_manual_${runId}`;
    // Asked for again, after a crash say: its deliveries are the outbox's.
    if (await this.#p.store.effects.alert(alertId) !== undefined) {
      return { ...NOTHING, status: "success", condition_met: true, alert_id: alertId, error_message: null };
    }
    const found = await this.#evaluated(row, asked);
    if (found === null) return { ...NOTHING, status: "dry_run", error_message: null };
    const alert: Alert = {
      ...found,
      alert_id: alertId,
      metadata: {
        run: {
          by: asked.executedBy,
          chain: [...chain, ruleId],
          at_once: mode === "at_once",
          until: instant(until),
        },
      },
    };
    const { deliveries, result, failed } = await this.#teller.tell(row.doc, alert, { mode, until });
    const trigger: JsonObject = { values: alert.values, key: alert.key, event_time: alert.event_time };
    const references: JsonObject = { trigger, action: deliveries.flatMap(({ references: of }) => of ?? []) };
    return {
      ...{ condition_met: true, alert_id: alertId, deliveries, result, references },
      status: failed === null ? "success" : "fail",
      error_message: failed === null ? null : failed.error ?? failed.state,
      error_status: failed === null ? null : failed.status ?? 502,
    };
  }

  /** The alert that the payload makes; null: the conditions do not hold. @throws Problem */
  async #evaluated({ rule_id, version, doc }: RuleVersion, { payload, until }: Asked): Promise<Alert | null> {
    const { clock, rules } = this.#p;
    const event = payload ?? await this.#fetched(doc) ?? {};
    const given = { rule_id, events: [event], received_at: null, advance_to: "end" as const };
    const { alerts: [found] } = await inTime(rules.simulate(doc, given), { clock, until });
    if (found === undefined) return null;
    return {
      ...found,
      rule_version: version,
      status: "firing",
      reason: "manual",
      fired_at: instant(clock.now()),
      resolved_at: null,
      revision: 1,
      events: [{ offset: 0, event }],
      match: null,
    };
  }

  /** The value that a polled rule would see now; null: it is not polled. @throws Problem 502 */
  async #fetched(doc: JsonObject): Promise<JsonObject | null> {
    const parsed = parseRule(doc);
    const polling = parsed.ok ? pollingOf(parsed.rule) : null;
    if (polling === null) return null;
    const answer = await this.#p.poller.ask(polling);
    if (answer.kind === "event") return answer.slice.events[0] ?? {};
    const kind = answer.reason === "status" ? "response error" : "request failed";
    const detail = answer.reason === "not_json"
      ? "Runtime response is not valid JSON"
      : `Runtime ${kind}: ${answer.message}`;
    throw new Problem({ status: 502, code: "poll_failed", detail });
  }
}

function pollingOf({ trigger }: Rule) {
  return trigger.polling;
}

/** Where a run that an alert's action asks for stands. */
function lineage(
  { rule_id, metadata: { run } }: Alert,
  now: number,
): { chain: readonly string[]; mode: Asked["mode"]; until: number } {
  const known = isObject(run) ? run : {};
  const chain = Array.isArray(known.chain) ? known.chain.map(String) : [rule_id];
  const until = typeof known.until === "string" ? timeOf(known.until, null) : Infinity;
  const atOnce = known.at_once === true;
  return { chain, mode: atOnce ? "at_once" : "queued", until: atOnce ? until : now + CHAIN_MS_MAX };
}

/** The target's run, as the action that asked for it tells it (compat/actions.json, types.trigger_rule). */
function outcomeOf({ rule_id, doc }: RuleVersion, run: RunResult): PortOutcome {
  const { status, condition_met, result, references, error_message, duration_ms } = run;
  if (status === "fail") {
    const error = error_message ?? "the target's action failed";
    if (error === RUN_STOPPED) return { ok: false, status: 503, reason: "shutdown", error, again: true };
    return { ok: false, status: run.error_status ?? 502, reason: "target_failed", error, again: false };
  }
  const trigger_result = { status, condition_met, result, references, error_message, duration_ms };
  return {
    ok: true,
    result: { trigger_result },
    references: {
      target_rule_id: rule_id,
      target_rule_name: String(doc.rule_name ?? ""),
      trigger_status: status,
      trigger_condition_met: condition_met,
      trigger_duration_ms: duration_ms,
    },
  };
}

async function inTime<T>(
  work: Promise<T>,
  { clock, until }: { clock: Clock; until: number },
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const detail = "Cannot evaluate the rule in time: it timed out";
  const timer: Timer = clock.after(Math.max(1, until - clock.now()), () => {
    reject(new Problem({ status: 500, code: "run_timeout", detail }));
  });
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
  }
}
