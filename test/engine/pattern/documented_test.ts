/** The examples of docs/patterns.md are what the engine finds. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/base/json.ts";
import { RuleBench } from "../rule_bench.ts";

const PAGE = Deno.readTextFileSync(new URL("../../../docs/patterns.md", import.meta.url));
/** A trigger_spec, and behind it events and what is told of them. */
const EXAMPLE = /```json\n(.*?)```\n\n```text\n(.*?)```/gs;
const EXAMPLES_LEAST = 11;

interface Told {
  at: number;
  /** Times of the events that each step took. */
  steps: Record<string, number[]>;
}

function readTold(line: string): Told {
  const [, at, steps] = line.match(/^=>\s+(\d+): (.+)$/) ?? assert.fail(line);
  const taken = steps!.split(", ").map((step) => step.split(" "));
  return {
    at: Number(at),
    steps: Object.fromEntries(taken.map(([name, ...times]) => [name!, times.map(Number)])),
  };
}

function run(trigger_spec: JsonObject, events: readonly [at: number, event: JsonObject][]): Told[] {
  const time = { field: "ts", unit: "s", idle_after: "1s" };
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], time, ...trigger_spec },
  });
  for (const [ts, event] of events) bench.feed([{ ...event, ts }], ts * 1000);
  bench.end();
  return bench.effects.alerts.map(({ event_time, events: offsets, steps }) => {
    const taken: Told["steps"] = {};
    for (const [i, step] of steps!.entries()) (taken[step] ??= []).push(events[offsets[i]!]![0]);
    return { at: event_time / 1000, steps: taken };
  });
}

const examples = [...PAGE.matchAll(EXAMPLE)];

Deno.test("the page of patterns has its examples", () => assert.ok(examples.length >= EXAMPLES_LEAST));

for (const [, spec, text] of examples) {
  const parsed = JSON.parse(spec!) as JsonObject;
  Deno.test(`documented: ${JSON.stringify(parsed).slice(0, 100)}`, () => {
    const lines = text!.trim().split("\n");
    const events = lines.filter((line) => !line.startsWith("=>")).map((line): [number, JsonObject] => {
      const [, at, event] = line.match(/^(\d+)\s+(.*)$/) ?? assert.fail(line);
      return [Number(at), JSON.parse(event!)];
    });
    const told = lines.filter((line) => line.startsWith("=>")).map(readTold);
    assert.deepEqual(run(parsed, events), told);
  });
}
