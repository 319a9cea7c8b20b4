/** Saving a channel's config: kind, secrets and egress guard together. */
import assert from "node:assert/strict";
import { Problem } from "../../src/base/problem.ts";
import { MASK, requireChannelKind } from "../../src/channel/mod.ts";
import { acceptConfig } from "../../src/notify/accept_config.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";
import { loopbackGuard } from "./receivers.ts";

const kind = requireChannelKind("Webhook");

Deno.test("saving: a URL that can never be reached is refused where it stands", () => {
  const refused: [string, string][] = [
    ["http://127.0.0.1:9000/in", "egress_address"],
    ["http://2130706433/", "egress_address"],
    ["https://user:pw@hooks.example.com/", "egress_userinfo"],
    ["http://metadata.google.internal/", "egress_name"],
  ];
  for (const [url, code] of refused) {
    assert.throws(() => acceptConfig(kind, { url }, { egress: createEgressGuard() }), (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.deepEqual([error.status, error.code, error.errors[0]!.pointer], [400, code, "/config/url"]);
      assert.ok(!error.message.includes("pw"));
      return true;
    });
  }
});

Deno.test("saving: what the operator opened is taken, and a mask keeps its secret", () => {
  const url = "http://127.0.0.1:9000/in";
  const before = acceptConfig(kind, { url, secret: "correct horse" }, { egress: loopbackGuard() });
  const after = acceptConfig(kind, { url, secret: MASK }, { stored: before, egress: loopbackGuard() });
  assert.equal(after.secret, "correct horse");
});

Deno.test("saving: a type that is not known is refused by name", () => {
  assert.throws(() => requireChannelKind("pigeon"), (error: unknown) => {
    assert.ok(error instanceof Problem);
    assert.equal(error.errors[0]!.pointer, "/type");
    return true;
  });
});
