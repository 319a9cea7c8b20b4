/** A real sandbox for tests, with children that end with it. */
import { systemClock } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { Sandbox } from "../../src/sandbox/sandbox.ts";

/** Variables that find the module cache of the Deno that runs the tests. */
export function cacheEnvironment(): Record<string, string> {
  const names = ["DENO_DIR", "HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

export interface OpenSandbox extends AsyncDisposable {
  sandbox: Sandbox;
  metrics: Metrics;
  logged: string[];
}

export function openSandbox(
  options: { children?: number; entry?: URL; startMs?: number; metrics?: Metrics; pool?: "scripts" } = {},
): OpenSandbox {
  const metrics = options.metrics ?? new Metrics();
  const logged: string[] = [];
  const clock = systemClock;
  const logger = createLogger({ level: "warn", clock, write: (line) => logged.push(line) });
  const environment = cacheEnvironment();
  const parts = { clock, logger, metrics, program: Deno.execPath(), environment };
  const sandbox = new Sandbox({ ...parts, children: 1, ...options });
  return { sandbox, metrics, logged, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}
