/** API definitions put together: who keeps them, who runs them, and what answers under /runtime. */
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import type { ScriptPort } from "../src/action/mod.ts";
import type { HttpPort } from "../src/channel/http.ts";
import { Sandbox } from "../src/sandbox/sandbox.ts";
import { createScriptEngine } from "../src/sandbox/scripts.ts";
import type { Store } from "../src/store/store.ts";
import { ApiKeeper } from "./api_keeper.ts";
import type { LookupControl } from "./lookup_control.ts";
import { NamedCache } from "./named_cache.ts";
import { createRuntime, type Runtime } from "./runtime_endpoints.ts";
import { ScriptDesk, scriptPort } from "./script_desk.ts";
import { SqlRunner } from "./sql_runner.ts";

export interface OpenScriptsParts {
  store: Pick<Store, "apis" | "execs">;
  lookups: Pick<LookupControl, "names" | "current" | "list">;
  http: HttpPort;
  secrets: { names(): string[] };
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** The Deno that runs this program, and variables that find its module cache. */
  program: string;
  environment: Readonly<Record<string, string>>;
}

export interface Scripts {
  apis: ApiKeeper;
  scripts: ScriptDesk;
  runtime: Runtime;
  /** What actions ask. */
  port: ScriptPort;
  stop(): Promise<void>;
}

/** The children of the sandbox start when they are first needed. */
export async function openScripts(parts: OpenScriptsParts): Promise<Scripts> {
  const { store, lookups, http, secrets, clock, logger, metrics, program, environment } = parts;
  const sandbox = new Sandbox({ clock, logger, metrics, program, environment, pool: "scripts" });
  const engine = createScriptEngine(sandbox);
  const apis = await NamedCache.open(store.apis, []);
  const sql = new SqlRunner({ clock, lookups, program, environment });
  const scripts = new ScriptDesk({ apis, engine, sql, http, execs: store.execs, clock, metrics });
  return {
    ...{
      apis: new ApiKeeper({ apis, engine, secrets, clock }),
      scripts,
      runtime: createRuntime(scripts, clock),
    },
    port: scriptPort(scripts),
    async stop() {
      scripts.stop();
      await sql[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}
