/** One template rendered again and again through the real sandbox: the line to the child and back counted. */
import type { Clock } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { Sandbox } from "../../src/sandbox/sandbox.ts";
import { createTemplateEngine, type TemplateEngine } from "../../src/sandbox/templates.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, quantile } from "../figure.ts";

const RENDERINGS_PER_ROUND = 5000;

const SOURCE = {
  body: "[{{ severity | upper }}] {{ alert_title }}: {% for k, v in metadata.items() %}" +
    "{{ k }}={{ v }}{% if not loop.last %}, {% endif %}{% endfor %}",
  subject: null,
  mode: "html" as const,
};

const RENDERED = "[CRITICAL] High CPU: host=web-1, region=kr-1, value=97.5, threshold=90";

const ALERT = {
  alert_title: "High CPU",
  severity: "critical",
  metadata: { host: "web-1", region: "kr-1", value: 97.5, threshold: 90 },
};

export async function renderFigure({ clock, sizes, say }: BenchContext): Promise<Figure> {
  const logger = createLogger({ level: "warn", clock, write: say });
  await using sandbox = new Sandbox({
    ...{ clock, logger, metrics: new Metrics(), program: Deno.execPath(), children: 1 },
    environment: cacheEnvironment(),
  });
  const engine = createTemplateEngine(sandbox);
  await timesOf(engine, clock); // Everything is compiled after that.
  const rounds: number[][] = [];
  while (rounds.length < sizes.rounds) rounds.push(await timesOf(engine, clock));
  const all = rounds.flat();
  return {
    name: "a rendering through the sandbox, p50",
    value: quantile(all, 0.5),
    unit: "ms",
    floor: null,
    target: { of: "value", at_most: 0.5 },
    rounds: rounds.map((times) => quantile(times, 0.5)),
    also: {
      p90_ms: quantile(all, 0.9),
      p99_ms: quantile(all, 0.99),
      max_ms: quantile(all, 1),
      measured: all.length,
    },
  };
}

/** ms of each rendering of a round. @throws Error when one is not what it should be */
async function timesOf(engine: TemplateEngine, clock: Clock): Promise<number[]> {
  const times: number[] = [];
  while (times.length < RENDERINGS_PER_ROUND) {
    const start = clock.monotonic();
    const result = await engine.render(SOURCE, ALERT);
    times.push(clock.monotonic() - start);
    const output = result.ok ? result.rendered.output : result.problem;
    if (output !== RENDERED) throw new Error(`rendered ${JSON.stringify(output)}`);
  }
  return times;
}

/** Variables that find the module cache of this Deno: the child may read nothing else. */
function cacheEnvironment(): Record<string, string> {
  const named = ["DENO_DIR", "HOME"].map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(named.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
}
