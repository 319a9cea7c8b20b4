/**
 * The entry of the Worker for simulations (simulator.ts): one at a time, each answered with its result or
 * with why it failed. It must not be imported.
 */
import { parentPort } from "node:worker_threads";
import { systemClock } from "../src/base/clock.ts";
import { present } from "../src/base/assert.ts";
import { readDraft } from "./rule_document.ts";
import { simulate, type Simulated, type SimulationResult } from "./simulation.ts";

/** The rule as its document: a rule that is read holds functions, which no message can carry. */
export interface SimulationTask extends Omit<Simulated, "rule"> {
  document: unknown;
}

export type SimulationAnswer =
  /** From here on its time counts: the Worker is there. */
  | { kind: "taken" }
  | { kind: "done"; result: SimulationResult }
  | { kind: "failed"; error: string };

const port = present(parentPort, "port of the Worker");

port.on("message", async (task: SimulationTask) => {
  port.postMessage({ kind: "taken" } satisfies SimulationAnswer);
  port.postMessage(await answer(task));
});

async function answer({ document, ...given }: SimulationTask): Promise<SimulationAnswer> {
  try {
    return { kind: "done", result: await simulate({ ...given, rule: readDraft(document) }, systemClock) };
  } catch (error) {
    // Main read the rule and the events before: whatever is thrown here is our own fault, told there.
    return { kind: "failed", error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}
