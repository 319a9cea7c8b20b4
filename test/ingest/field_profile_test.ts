import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import {
  type FieldProfile,
  FieldProfiler,
  PATHS_MAX,
  VALUES_PER_EVENT_MAX,
  VALUES_PER_PATH_MAX,
} from "../../src/ingest/field_profile.ts";

function profile(events: readonly JsonObject[]): Map<string, FieldProfile> {
  const profiler = new FieldProfiler();
  for (const event of events) profiler.add(event);
  return new Map(profiler.profiles().map((one) => [one.field, one]));
}

Deno.test("fields: types, extremes and frequent values of each path are counted", () => {
  const fields = profile([
    { cpu: 10, host: "a", meta: { env: "prod", tags: ["x"] } },
    { cpu: 30, host: "a", meta: { env: "prod" } },
    { cpu: "20", host: "b", meta: null },
    { host: "c" },
  ]);
  assert.deepEqual(fields.get("cpu"), {
    ...{ field: "cpu", events: 3, types: { number: 2, string: 1 }, type: "number" },
    ...{ examples: [10, 30, "20"], top_values: [], min: 10, max: 30, masked: null },
  });
  assert.deepEqual(fields.get("host")?.top_values, [{ value: "a", count: 2 }]);
  assert.deepEqual(fields.get("meta")?.types, { object: 2, null: 1 });
  assert.equal(fields.get("meta")?.type, "object");
  assert.deepEqual(fields.get("meta.env")?.top_values, [{ value: "prod", count: 2 }]);
  assert.equal(fields.get("meta.tags")?.type, "list");
});

Deno.test("fields: values of what looks like a secret are never kept", () => {
  const names = [
    "password",
    "user.api_key",
    "Authorization",
    "auth.accessToken",
    "x-secret",
    "db.pwd",
    "cookie",
  ];
  const event: JsonObject = Object.fromEntries(names.map((name) => [name, "hunter2"]));
  const fields = profile([{ ...event, secret: { pin: 1234 } }, event]);
  for (const name of [...names, "secret.pin"]) {
    const { masked, examples, top_values, min, max } = fields.get(name)!;
    assert.deepEqual([name, masked, examples, top_values, min, max], [name, "secret", [], [], null, null]);
  }
  assert(!JSON.stringify([...fields]).includes("hunter2"));
  assert.equal(fields.get("secret.pin")?.type, "number");
});

Deno.test("fields: hostile events stay within bounds, and the profile says so", () => {
  const wide: JsonObject = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i]));
  let deep: JsonObject = { leaf: 1 };
  for (let i = 0; i < 50; i++) deep = { d: deep };
  for (const event of [wide, deep]) {
    const profiler = new FieldProfiler();
    profiler.add(event);
    assert(profiler.isCut);
    assert(profiler.profiles().length <= Math.min(PATHS_MAX, VALUES_PER_EVENT_MAX));
  }
  const many = profile(
    Array.from({ length: 2 * VALUES_PER_PATH_MAX }, (_, i) => ({ id: `id${i}`, text: "x".repeat(500) })),
  );
  assert.equal(many.get("id")?.examples.length, 5);
  assert.equal(String(many.get("text")?.examples[0]).length, 101);
});
