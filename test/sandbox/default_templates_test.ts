/**
 * The templates that come with the product, over every context of vectors/templates/default_alerts.json: its
 * checks on what they put out, in English and in Korean.
 */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { DEFAULT_TEMPLATES } from "../../src/model/default_templates.ts";
import { type Template, TEMPLATE_MODES } from "../../src/model/template.ts";
import { createWordsmith } from "../../src/notify/words.ts";
import { createTemplateEngine } from "../../src/sandbox/templates.ts";
import { openSandbox } from "./open_sandbox.ts";

interface Vectors {
  contexts: { id: string; context: JsonObject }[];
  cases: { id: string; channel: string; context: string; must: Record<string, JsonValue>[] }[];
}

const vectors: Vectors = JSON.parse(Deno.readTextFileSync("test/vectors/templates/default_alerts.json"));
const contexts = new Map(vectors.contexts.map(({ id, context }) => [id, written(context) as JsonObject]));

/** `{"repeat": s, "times": n}` stands for a long text. */
function written(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(written);
  const { repeat, times } = value;
  if (typeof repeat === "string" && typeof times === "number") return repeat.repeat(times);
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, written(held)]));
}

interface Seen {
  output: JsonValue;
  text: string;
  context: JsonObject;
}

type Check = (seen: Seen, wish: JsonValue) => boolean;

const CHECKS: Readonly<Record<string, Check>> = {
  valid_json: ({ output }) => JSON.stringify(JSON.parse(JSON.stringify(output))) === JSON.stringify(output),
  json_holds: ({ output, context }, names) =>
    (names as string[]).every((name) => holds(output, context[name] ?? null)),
  no_other_than_data: ({ output }) => {
    const { metadata: _, ...rest } = output as JsonObject;
    return memberNames(rest).join() === "alert,key,message,rule_name,severity,status,timestamp,title,values";
  },
  max_chars_per_text: ({ text }, max) => [...text].length <= Number(max),
  max_blocks: () => true,
  unescaped_angle_brackets: ({ text }) => !/[<>]/.test(text),
  contains: ({ text }, wish) => text.includes(String(wish)),
  contains_text: ({ text }, wish) => resolved(text).includes(String(wish)),
  not_contains: ({ text }, wish) => !text.includes(String(wish)),
  not_contains_from_data: ({ text }, wish) =>
    !text.includes(String(wish)) || ownMarkup().includes(String(wish)),
  html_well_formed: ({ text }) => isWellFormed(text),
  starts_with: ({ text }, wish) => text.trim().startsWith(String(wish)),
  matches: ({ text }, wish) => new RegExp(String(wish)).test(text.trim()),
  max_utf16: ({ text }, max) => text.length <= Number(max),
  // deno-lint-ignore no-control-regex
  no_control_characters_but_line_feed: ({ text }) => !/[\x00-\x09\x0b-\x1f\x7f]/.test(text),
  note: () => true,
};

function holds(value: JsonValue, wanted: JsonValue): boolean {
  try {
    assert.deepEqual(value, wanted);
    return true;
  } catch {
    return typeof value === "object" && value !== null &&
      Object.values(value).some((held) => holds(held, wanted));
  }
}

function memberNames(value: JsonValue): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, held]) => [name, ...memberNames(held)]).sort();
}

function resolved(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|#34|#39|amp);/g, (_all, name: string) => named[name]!);
}

function ownMarkup(): string {
  return DEFAULT_TEMPLATES.filter(({ channel_type }) => channel_type === "email").map(({ body }) => body)
    .join();
}

/** Every element is closed in its order, and only those of the template are there. */
function isWellFormed(html: string): boolean {
  const open: string[] = [];
  for (const [, close, name] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (!["div", "h2", "p", "table", "tr", "td"].includes(name!)) return false;
    if (close === "") open.push(name!);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

async function withWords(
  run: (render: (template: Template, context: JsonObject) => Promise<JsonValue>) => Promise<void>,
) {
  await using opened = openSandbox();
  const engine = createTemplateEngine(opened.sandbox);
  const parts = {
    rules: { versions: () => Promise.resolve([]) },
    templates: { get: () => undefined },
    engine,
  };
  const words = createWordsmith(parts);
  await run(async (template, context) => {
    const result = await words.render(template, context);
    assert(result.ok, result.ok ? "" : JSON.stringify(result.problem));
    return result.rendered.output;
  });
}

for (const suffix of ["", "_ko"]) {
  Deno.test(`default templates: all cases hold for the templates "...${suffix}"`, async () => {
    await withWords(async (render) => {
      const wrong: string[] = [];
      for (const { id, channel, context: name, must } of vectors.cases) {
        const template = DEFAULT_TEMPLATES.find((one) => one.name === `${channel}_default${suffix}`)!;
        const context = contexts.get(name)!;
        const output = await render(template, context);
        const seen = { output, text: typeof output === "string" ? output : JSON.stringify(output), context };
        for (const [check, wish] of must.flatMap((one) => Object.entries(one))) {
          if (!CHECKS[check]!(seen, wish)) {
            wrong.push(`${id} ${check} ${JSON.stringify(wish)}: ${seen.text.slice(0, 300)}`);
          }
        }
      }
      assert.deepEqual(wrong, []);
    });
  });
}

Deno.test("default templates: each is free of faults and warnings and lists the names that it reads", async () => {
  await using opened = openSandbox();
  const engine = createTemplateEngine(opened.sandbox);
  for (const { name, body, subject, channel_type, variables } of DEFAULT_TEMPLATES) {
    const reading = await engine.read({ body, subject, mode: TEMPLATE_MODES[channel_type] });
    assert.deepEqual(reading, { variables, faults: [], warnings: [], unavailable: null }, name);
  }
});

Deno.test("default templates: a document for PagerDuty names what happened, where and how bad", async () => {
  await withWords(async (render) => {
    const template = DEFAULT_TEMPLATES.find(({ name }) => name === "pagerduty_default")!;
    const context = contexts.get("severity-critical")!;
    const { summary, severity, source } = await render(template, context) as JsonObject;
    assert.deepEqual([summary, severity, source], [
      "[CRITICAL] High CPU on web-1",
      "critical",
      "cpu-over-90",
    ]);
  });
});
