/**
 * A rule worker that fails on purpose, as events tell it: a rule grouped by the field "fault" throws, never
 * comes back, runs out of memory or takes its time where that field says so. Other rules never fail.
 */
import type { Probe } from "../../actors/actor_set.ts";
import { runRuleWorker } from "../../actors/worker_loop.ts";

const SLOW_MS = 600;

const probe: Probe = (plan, gathered) => {
  if (gathered === null || plan.fields[plan.key[0]!] !== "fault") return;
  for (const [fault] of gathered.keys) fail(String(fault));
};

function fail(fault: string): void {
  switch (fault) {
    case "throw":
      throw new Error("thrown on purpose");
    case "hang":
      for (;;);
    case "memory": {
      const held: number[][] = [];
      for (;;) held.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5));
    }
    case "slow":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_MS);
  }
}

await runRuleWorker(probe);
