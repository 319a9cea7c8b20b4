/** Which configs each kind of channel takes, by the rows of the compatibility record. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import { channelKind, MASK, maskSecrets } from "../../src/channel/mod.ts";
import { vectors } from "../vector_rows.ts";
import { channelOf } from "./channel_fixture.ts";

interface Row {
  id: string;
  type: string;
  config: JsonObject;
  valid: boolean;
}

const { cases } = vectors<{ cases: Row[] }>("delivery/channel_validation.json");

for (const { id, type, config, valid } of cases.filter((row) => channelKind(row.type) !== undefined)) {
  Deno.test(`channel config ${id} is ${valid ? "taken" : "refused"}`, () => {
    const kind = channelKind(type)!;
    if (valid) kind.validate(config);
    else assert.throws(() => kind.validate(config), Problem);
  });
}

const hooks: [string, string, string][] = [
  ["slack", "https://hooks.slack.com/services/T0/B0/x1y2z3", `https://hooks.slack.com/services/${MASK}`],
  ["discord", "https://discord.com/api/webhooks/12/tok-en", `https://discord.com/api/${MASK}`],
  ["slack", "https://chat.example.com/abcdef", `https://chat.example.com/${MASK}`],
];
for (const [type, webhook_url, shown] of hooks) {
  Deno.test(`${type}: ${webhook_url} is shown as ${shown}, which keeps it`, () => {
    const kind = channelKind(type)!;
    const stored = kind.validate({ webhook_url });
    assert.equal(maskSecrets(channelOf(stored, { type })).config.webhook_url, shown);
    assert.deepEqual(kind.validate({ webhook_url: shown }, stored), stored);
    assert.throws(() => kind.validate({ webhook_url: shown }), Problem);
  });
}

Deno.test("a base_url that leads elsewhere does not get the secrets that are stored", () => {
  const at = { base_url: "https://evil.example.com" };
  const kept: [string, JsonObject, string][] = [
    ["slack", { webhook_url: "https://hooks.slack.com/services/T0/B0/x1y2z3" }, "webhook_url"],
    ["discord", { webhook_url: "https://discord.com/api/webhooks/12/tok-en" }, "webhook_url"],
    ["pagerduty", { integration_key: "k".repeat(32) }, "integration_key"],
  ];
  for (const [type, config, secret] of kept) {
    const kind = channelKind(type)!;
    const stored = kind.validate(config);
    const shown = maskSecrets(channelOf(stored, { type })).config;
    assert.throws(() => kind.validate({ ...shown, ...at }, stored), (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.deepEqual([error.code, error.errors[0]!.pointer], ["secret_required", `/config/${secret}`]);
      return true;
    });
    assert.equal(kind.validate({ ...config, ...at }, stored).base_url, at.base_url);
  }
});
