/**
 * Writes docs/jinja2.md from a run of the template vectors in the sandbox: how many cases are as in Jinja2, and
 * each known difference with what either engine gives. `deno task jinja2` writes it; a test holds it fresh.
 */
import { systemClock } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { createLogger } from "../src/base/logging.ts";
import { Metrics } from "../src/base/metrics.ts";
import { Sandbox } from "../src/sandbox/sandbox.ts";
import { createTemplateEngine, type TemplateEngine } from "../src/sandbox/templates.ts";

const VECTORS = "test/vectors/templates";
export const PAGE = "docs/jinja2.md";

interface Case {
  id: string;
  tier: 1 | 2 | 3;
  group?: string;
  template: string;
  context: string | JsonObject;
  autoescape?: boolean;
  output?: string;
  accept?: string[];
}

interface Difference {
  id: string;
  about: string;
  template: string;
  context?: JsonObject;
  context_json?: string;
  jinja2: string;
}

function readVectors<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(`${VECTORS}/${name}`)) as T;
}

/** What the engine gives: the output, or the error and when it comes. */
async function given(
  engine: TemplateEngine,
  template: string,
  context: JsonObject,
  html = false,
): Promise<string> {
  const source = { body: template, subject: null, mode: html ? "html" as const : "text" as const };
  const { faults: [fault] } = await engine.read(source);
  if (fault !== undefined) return `refused at save: ${fault.message}`;
  const result = await engine.render(source, context);
  return result.ok
    ? String(result.rendered.output)
    : `error: ${result.problem.kind}: ${result.problem.message}`;
}

function isEqual({ output, accept = [] }: Case, ours: string): boolean {
  return output === undefined ? /^(refused at save|error): /.test(ours) : [output, ...accept].includes(ours);
}

/** The page as it should be. */
export async function jinja2Page(engine: TemplateEngine): Promise<string> {
  const { cases, contexts } = readVectors<{ cases: Case[]; contexts: Record<string, JsonObject> }>(
    "jinja2.json",
  );
  const groups = new Map<string, { equal: number; all: number }>();
  const differing: string[] = [];
  for (const one of cases) {
    const context = typeof one.context === "string" ? contexts[one.context]! : one.context;
    const ours = await given(engine, one.template, context, one.autoescape === true);
    const equal = isEqual(one, ours);
    if (!equal) differing.push(one.id);
    const row = `| ${one.tier} | ${one.group ?? "first look"} |`;
    const counts = groups.get(row) ?? { equal: 0, all: 0 };
    groups.set(row, { equal: counts.equal + Number(equal), all: counts.all + 1 });
  }
  const counted = [...groups].sort(([a], [b]) => a < b ? -1 : 1).map(([row, { equal, all }]) =>
    `${row} ${equal} of ${all} |`
  );
  const { cases: differences } = readVectors<{ cases: Difference[] }>("differences.json");
  const rows: string[] = [];
  for (const { about, template, context, context_json, jinja2 } of differences) {
    const ours = await given(engine, template, context ?? JSON.parse(context_json ?? "{}") as JsonObject);
    rows.push(`| ${about} | ${code(template)} | ${code(jinja2)} | ${code(ours)} |`);
  }
  return [
    ...HEAD,
    `${cases.length - differing.length} of ${cases.length} cases are equal.`,
    ...differingText(differing),
    "",
    "| tier | about | equal |",
    "| --- | --- | --- |",
    ...counted,
    "",
    ...MIDDLE,
    ...rows,
    "",
    ...FOOT,
    "",
  ].join("\n");
}

const HEAD = [
  "# Templates and Jinja2",
  "",
  "Templates are written in the language of Jinja2 3.1 ([how to write them](templates.md)). This page says how",
  "close they come. It is made by `deno task jinja2` from a run of the vectors; do not edit it by hand.",
  "",
  "## Equal",
  "",
];

const MIDDLE = [
  "## Different",
  "",
  "Every difference that we know, with what either gives:",
  "",
  "| what | template | Jinja2 | here |",
  "| --- | --- | --- | --- |",
];

const FOOT = [
  "Errors have the names of Python's, and come at save where they can be seen there. Their texts are our own.",
  "Names of members are looked up in data and in the methods that Python's text, lists and mappings have; nothing",
  "else is there: no attribute of the host language, no dunder name.",
];

function differingText(ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : ["", `Not equal: ${ids.join(", ")}.`];
}

function code(text: string): string {
  const shown = text.length > 120 ? text.slice(0, 120) + "…" : text;
  return "`" + shown.replaceAll("|", "\\|").replaceAll("\n", " ") + "`";
}

if (import.meta.main) {
  const logger = createLogger({ level: "warn", clock: systemClock });
  const parts = {
    clock: systemClock,
    logger,
    metrics: new Metrics(),
    program: Deno.execPath(),
    environment: {},
  };
  await using sandbox = new Sandbox(parts);
  Deno.writeTextFileSync(PAGE, await jinja2Page(createTemplateEngine(sandbox)));
}
