/**
 * Every case of vectors/templates/jinja2.json, rendered in the sandbox as in production: same text as Jinja2
 * 3.1.6 of all tiers, and an error where Jinja2 has one, never later than it.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { createTemplateEngine, type TemplateEngine } from "../../src/sandbox/templates.ts";
import { openSandbox } from "./open_sandbox.ts";

interface Case {
  id: string;
  tier: number;
  template: string;
  context: string | JsonObject;
  autoescape?: boolean;
  output?: string;
  accept?: string[];
  error?: { type: string; phase: "compile" | "render" };
}

interface Vectors {
  contexts: Record<string, JsonObject>;
  cases: Case[];
}

type Outcome = { output: unknown } | { phase: "compile" | "render"; kind: string; message: string };

async function outcomeOf(
  engine: TemplateEngine,
  { cases: _, contexts }: Vectors,
  one: Case,
): Promise<Outcome> {
  const context = typeof one.context === "string" ? contexts[one.context]! : one.context;
  const mode = one.autoescape === true ? "html" : "text";
  const source = { body: one.template, subject: null, mode } as const;
  const { faults: [fault] } = await engine.read(source);
  if (fault !== undefined) return { phase: "compile", ...fault };
  const result = await engine.render(source, context);
  return result.ok ? { output: result.rendered.output } : { phase: "render", ...result.problem };
}

/** What is wrong with an outcome, or nothing. */
function complaint({ output, accept = [], error }: Case, outcome: Outcome): string | null {
  if (error === undefined) {
    const isRight = "output" in outcome && [output, ...accept].includes(String(outcome.output));
    return isRight ? null : `expected ${JSON.stringify(output)}, got ${JSON.stringify(outcome)}`;
  }
  if ("output" in outcome) return `expected ${error.type}, got the output ${JSON.stringify(outcome.output)}`;
  if (["InternalError", "LimitError"].includes(outcome.kind)) {
    return `expected ${error.type}, got ${outcome.message}`;
  }
  return error.phase === "compile" && outcome.phase === "render"
    ? "the error comes later than in Jinja2"
    : null;
}

const vectors: Vectors = JSON.parse(Deno.readTextFileSync("test/vectors/templates/jinja2.json"));

for (const tier of [1, 2, 3]) {
  const cases = vectors.cases.filter((one) => one.tier === tier);
  Deno.test(`templates: all ${cases.length} cases of tier ${tier} are as in Jinja2`, async () => {
    await using opened = openSandbox();
    const engine = createTemplateEngine(opened.sandbox);
    const wrong: string[] = [];
    for (const one of cases) {
      const problem = complaint(one, await outcomeOf(engine, vectors, one));
      if (problem !== null) wrong.push(`${one.id} ${JSON.stringify(one.template)}: ${problem}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(opened.logged, []);
  });
}
