/** Whatever a file holds, an import ends with a report that tells of each item, and throws nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { importFiles } from "../../src/import/mod.ts";
import { itemsIn } from "../../src/import/export_file.ts";

const some = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("", "event", "schedule", "slack", null, 0),
);
const item = (names: string[]) =>
  fc.dictionary(fc.constantFrom(...names), some).map((one) => one as JsonObject);
const rule = item([
  "rule_id",
  "rule_name",
  "trigger_type",
  "trigger_spec",
  "action_spec",
  "is_active",
  "created_by",
]);
const channel = item(["id", "type", "config", "name", "enabled"]);
const definition = item(["api_id", "id", "logic", "logic_body", "mode", "logic_type", "method", "path"]);
const notification = item(["notification_id", "webhook_url", "trigger", "policy", "name"]);
const anyItem = fc.oneof(rule, channel, definition, notification);
const content: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.jsonValue().map((value) => value as JsonValue),
  anyItem,
  fc.array(anyItem),
  fc.record({ rules: fc.array(rule), channels: fc.array(channel), apis: fc.array(definition) }, {
    requiredKeys: [],
  }),
  fc.record({ code: fc.constant(0), data: fc.record({ notifications: fc.array(notification) }) }),
);

Deno.test("import: whatever a file holds, each item comes out once, and nothing is thrown", async () => {
  const api = {
    send: (method: string) =>
      Promise.resolve({ status: method === "GET" ? 404 : 201, body: {} as JsonValue }),
  };
  await fc.assert(
    fc.asyncProperty(content, fc.boolean(), async (value, dryRun) => {
      const { items, faults } = itemsIn(value);
      const report = await importFiles([{ name: "f", content: value }], { api, dryRun });
      assert.equal(report.items.length, items.length + faults.length);
      const places = report.items.map(({ place }) => place);
      assert.deepEqual(
        places.toSorted(),
        [...items, ...faults].map(({ pointer }) => `f#${pointer}`).toSorted(),
      );
      for (const { outcome, errors } of report.items) assert.equal(outcome === "refused", errors.length > 0);
    }),
    { numRuns: 500 },
  );
});
