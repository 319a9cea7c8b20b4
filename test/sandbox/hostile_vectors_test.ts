/**
 * Every case of vectors/templates/hostile.json: nothing but the context is reached, nothing outlives its
 * limits, and the next rendering is as if nothing had been. Children take no hook from a test, so the canary
 * that the vectors speak of is not planted; texts of functions and of the host are looked for instead.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { createTemplateEngine, type RenderResult, type TemplateEngine } from "../../src/sandbox/templates.ts";
import { openSandbox } from "./open_sandbox.ts";

type Part = string | { repeat: string; times: number };

interface Case {
  id: string;
  template?: string;
  template_parts?: Part[];
  must: "error" | "empty" | "limited";
  then?: { template: string; output: string };
}

interface Vectors {
  context: JsonObject;
  limits: { time_ms: number; output_bytes: number };
  forbidden_output: string[];
  after_each: { template: string; output: string }[];
  cases: Case[];
  data: { id: string; template: string; context: JsonObject; autoescape?: boolean; output: string }[];
}

const vectors: Vectors = JSON.parse(Deno.readTextFileSync("test/vectors/templates/hostile.json"));

function bodyOf({ template, template_parts = [] }: Case): string {
  if (template !== undefined) return template;
  return template_parts.map((part) => typeof part === "string" ? part : part.repeat.repeat(part.times)).join(
    "",
  );
}

function fresh(): JsonObject {
  return structuredClone(vectors.context);
}

async function outcome(engine: TemplateEngine, body: string, context: JsonObject): Promise<RenderResult> {
  return await engine.render({ body, subject: null, mode: "text" }, context);
}

function complaint({ must }: Case, result: RenderResult): string | null {
  if (!result.ok) {
    if (must === "limited" || result.problem.kind !== "InternalError") return null;
    return `an error of our own: ${result.problem.message}`;
  }
  const output = String(result.rendered.output);
  const forbidden = vectors.forbidden_output.find((text) => output.includes(text));
  if (forbidden !== undefined) return `the output holds ${forbidden}`;
  if (new TextEncoder().encode(output).length > vectors.limits.output_bytes) return "the output is too long";
  return must === "error" ? `expected an error, got ${JSON.stringify(output.slice(0, 100))}` : null;
}

const GROUPS: Record<string, RegExp> = {
  "none of the attacked names is reached": /^(?!endless|huge|deep|regular)/,
  "loops without end and huge values end at a limit": /^(endless|huge)/,
  "deep and long templates are refused or rendered": /^(deep|regular)/,
};

for (const [claim, pattern] of Object.entries(GROUPS)) {
  Deno.test(`hostile templates: ${claim}`, async () => {
    await using opened = openSandbox();
    const engine = createTemplateEngine(opened.sandbox);
    const afterwards = vectors.after_each.map((one) => ({
      body: one.template,
      subject: null,
      mode: "text" as const,
    }));
    const wrong: string[] = [];
    for (const one of vectors.cases.filter(({ id }) => pattern.test(id))) {
      const problem = complaint(one, await outcome(engine, bodyOf(one), fresh()));
      if (problem !== null) wrong.push(`${one.id}: ${problem}`);
      if (one.then !== undefined) {
        const then = await outcome(engine, one.then.template, fresh());
        if (!then.ok || then.rendered.output !== one.then.output) {
          wrong.push(`${one.id}, then: ${JSON.stringify(then)}`);
        }
      }
      for (const [index, source] of afterwards.entries()) {
        const next = await engine.render(source, fresh());
        const wanted = vectors.after_each[index]!.output;
        if (!next.ok || next.rendered.output !== wanted) {
          wrong.push(`${one.id}, afterwards: ${JSON.stringify(next)}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });
}

Deno.test("hostile data stay data", async () => {
  await using opened = openSandbox();
  const engine = createTemplateEngine(opened.sandbox);
  for (const { id, template, context, autoescape, output } of vectors.data) {
    const mode = autoescape === true ? "html" as const : "text" as const;
    const result = await engine.render({ body: template, subject: null, mode }, structuredClone(context));
    assert.deepEqual(result, { ok: true, rendered: { output, subject: null } }, id);
  }
});
