/** An engine on workers that fail on purpose, and how soon alerts come in spite of it. */
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import type { StoredAlert } from "../../src/store/effect_store.ts";
import type { WorkerFleetOptions } from "../../actors/worker_fleet.ts";
import { createFaultStore, type Fault } from "../store/fault_store.ts";
import { RuleEngine, workerFleet } from "../actors/rule_engine.ts";

/** Sees every event; fails where an event says so. */
export const FAULTY: JsonObject = { trigger_spec: { conditions: [], group_by: ["fault"] } };
/** Sees every event; never fails. */
export const SOUND: JsonObject = { trigger_spec: { conditions: [], group_by: ["n"] } };

export function faultyEngine(
  options: Partial<WorkerFleetOptions> & { workers: number; store?: Store },
): Promise<RuleEngine> {
  const { workers, store = createMemoryStore(), ...fleet } = options;
  const entry = new URL("./faulty_rule_worker.ts", import.meta.url);
  return RuleEngine.start({ store, workers, fleet: workerFleet({ entry, ...fleet }) });
}

/** An engine that can be killed: it writes nothing any more, and what it wrote stays in `store`. */
export async function mortalEngine(
  store: Store,
  workers = 1,
): Promise<{ engine: RuleEngine; kill(): Promise<void> }> {
  const fault: Fault = { kind: "crash", at: null };
  const engine = await faultyEngine({ workers, store: createFaultStore(store, fault).store });
  const kill = async () => {
    fault.at = 1;
    await engine.stop(0).catch(() => {});
  };
  return { engine, kill };
}

/** Milliseconds from now until a rule has told an alert of an event whose `n` is this. */
export function alertOf(engine: RuleEngine, ruleId: string, n: number): Promise<number> {
  const begun = systemClock.monotonic();
  return new Promise((resolve) => {
    const look = (alerts: readonly StoredAlert[]) => {
      const found = alerts.some(({ alert }) => alert.rule_id === ruleId && alert.events[0]?.event?.n === n);
      if (!found) return;
      stop();
      resolve(systemClock.monotonic() - begun);
    };
    const stop = engine.supervisor.onAlerts(look);
  });
}

/** The `n` of the events that a rule has told alerts of, in the order told. */
export async function toldOf(engine: RuleEngine, ruleId: string): Promise<unknown[]> {
  const alerts = (await engine.alerts()).filter((alert) => alert.rule_id === ruleId);
  return alerts.map((alert) => alert.events[0]?.event?.n);
}
