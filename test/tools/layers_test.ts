/** The layer check over small trees: what it lets pass, what it finds, and how it says so. */
import assert from "node:assert/strict";
import { checkLayers, faultOf, workerFaults } from "../../tools/layers.ts";
import { FixtureTree } from "./fixture_tree.ts";

const SOUND = {
  "deno.json": "{}",
  "main.ts": 'import "./actors/supervisor.ts"; import "./routes/events.ts";',
  "actors/supervisor.ts": 'import { step } from "../src/engine/step.ts"; step();',
  "actors/rule_worker.ts": 'import { step } from "../src/engine/step.ts"; step();',
  "routes/events.ts": 'import type { A } from "../actors/supervisor.ts"; export type B = A;',
  "src/engine/step.ts": [
    'import type { Rule } from "../model/rule.ts";',
    'import { now } from "../base/clock.ts";',
    "export const step = (): Rule => now();",
  ].join("\n"),
  "src/model/rule.ts": "export type Rule = number;",
  "src/base/clock.ts": "export const now = () => 0;",
};

async function faults(change: Record<string, string>): Promise<string[]> {
  using tree = new FixtureTree({ ...SOUND, ...change });
  return (await checkLayers(tree.root)).faults;
}

Deno.test("layers: a tree whose imports go downward has no faults", async () => {
  assert.deepEqual(await faults({}), []);
});

Deno.test("layers: an import upward is found, with both ends named", async () => {
  assert.deepEqual(
    await faults({ "src/base/clock.ts": 'import "../model/rule.ts"; export const now = () => 0;' }),
    [
      "src/base/clock.ts: src/base may not import src/model/rule.ts",
    ],
  );
});

Deno.test("layers: the engine may name types of the model and import no code of it", async () => {
  const change = {
    "src/engine/step.ts": 'import { r } from "../model/rule.ts"; export const step = () => r;',
  };
  assert.deepEqual(await faults({ ...change, "src/model/rule.ts": "export const r = 1;" }), [
    "src/engine/step.ts: src/engine may name only types of src/model, not import src/model/rule.ts",
  ]);
});

Deno.test("layers: a dynamic import and a file that no root reaches are checked too", async () => {
  const lost = 'export const late = () => import("../../routes/events.ts");';
  using tree = new FixtureTree({ ...SOUND, "src/notify/lost.ts": lost });
  const report = await checkLayers(tree.root);
  assert.deepEqual(report.unreached, ["src/notify/lost.ts"]);
  assert.deepEqual(report.faults, ["src/notify/lost.ts: src/notify may not import routes/events.ts"]);
});

Deno.test("layers: every file of src lives in a room", async () => {
  assert.deepEqual(await faults({ "src/misc.ts": "export {};" }), ["src/misc.ts: not in a room of src/"]);
});

Deno.test("layers: an import that leads nowhere is a fault", async () => {
  const found = await faults({ "main.ts": 'import "./actors/gone.ts";' });
  assert.equal(found.length, 1);
  assert.match(found[0]!, /^actors\/gone\.ts: Module not found/);
});

Deno.test("layers: routes reach actors by the control interface or by types", () => {
  const from = "routes/rules.ts";
  assert.equal(faultOf({ from, to: "actors/control.ts", kind: "code" }), undefined);
  assert.equal(faultOf({ from, to: "actors/supervisor.ts", kind: "type" }), undefined);
  assert.match(faultOf({ from, to: "actors/supervisor.ts", kind: "code" }) ?? "", /only types of actors/);
});

Deno.test("layers: the engine uses no package but re2js", () => {
  const from = "src/engine/condition.ts";
  assert.equal(faultOf({ from, to: "npm:re2js", kind: "code" }), undefined);
  assert.match(faultOf({ from, to: "npm:zod", kind: "code" }) ?? "", /npm:zod/);
});

Deno.test("layers: a package in the worker's graph is reported with the way to it", () => {
  const imports = [
    { from: "actors/rule_worker.ts", to: "actors/frame.ts", kind: "code" },
    { from: "actors/frame.ts", to: "src/model/alert.ts", kind: "code" },
    { from: "src/model/alert.ts", to: "npm:zod", kind: "code" },
    { from: "actors/frame.ts", to: "src/model/rule.ts", kind: "type" },
    { from: "src/model/rule.ts", to: "npm:hono", kind: "code" },
    { from: "actors/frame.ts", to: "npm:re2js", kind: "code" },
  ] as const;
  assert.deepEqual(workerFaults({ files: new Set(["actors/rule_worker.ts"]), imports }), [
    "rule worker: may not load npm:zod: actors/rule_worker.ts -> actors/frame.ts -> src/model/alert.ts -> npm:zod",
  ]);
});
