/**
 * The entry of the Worker for simulations (simulator.ts): one at a time, each answered with its result or
 * with why it failed. It must not be imported.
 */
import { parentPort } from "node:worker_threads";
import { systemClock } from "../src/base/clock.ts";
import { present } from "../src/base/assert.ts";
import { simulate, type Simulated, type SimulationResult } from "./simulation.ts";

export type SimulationAnswer =
  | { kind: "done"; result: SimulationResult }
  | { kind: "failed"; error: string };

const port = present(parentPort, "port of the Worker");

port.on("message", async (given: Simulated) => port.postMessage(await answer(given)));

async function answer(given: Simulated): Promise<SimulationAnswer> {
  try {
    return { kind: "done", result: await simulate(given, systemClock) };
  } catch (error) {
    // Main read the rule and the events before: whatever is thrown here is our own fault, told there.
    return { kind: "failed", error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}
