/** Several recipients: what a delivery comes to, against a naive course of all its attempts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SendResult } from "../../src/channel/mod.ts";
import { combined, pendingOf } from "../../src/channel/recipients.ts";
import type { Settled } from "../../src/model/delivery.ts";

const result = (kind: SendResult["class"], members: Partial<SendResult> = {}): SendResult => ({
  class: kind,
  scope: kind === "permanent" ? "recipient" : null,
  reason: kind === "delivered" ? null : kind,
  status: 200,
  error: kind === "delivered" ? null : `it was ${kind}`,
  response_body: null,
  retry_after_ms: null,
  ...members,
});

const attempt = (
  results: Record<string, SendResult>,
  before: Settled = {},
  recipients: readonly string[] = Object.keys(results),
) => combined(new Map(Object.entries(results)), { recipients, before, afterUnknown: "stop" });

Deno.test("recipients: one that is slow keeps the delivery open for itself alone", () => {
  const first = attempt({ a: result("delivered"), b: result("permanent"), c: result("transient") });
  assert.equal(first.class, "transient");
  assert.deepEqual(first.settled, { a: "delivered", b: "refused" });
  assert.deepEqual(pendingOf(["a", "b", "c"], first.settled!), ["c"]);
  const last = attempt({ c: result("delivered") }, first.settled, ["a", "b", "c"]);
  assert.deepEqual([last.class, last.scope, last.reason], ["permanent", "recipient", "recipients_refused"]);
  assert.match(last.error!, /earlier attempts/);
  assert.deepEqual(pendingOf(["a", "b", "c"], last.settled!), ["b"], "sent again by hand, b alone is tried");
});

Deno.test("recipients: a redrive that reaches the one that was refused makes the delivery delivered", () => {
  const settled = { a: "delivered", b: "refused" } as const;
  const end = attempt({ b: result("delivered") }, settled, ["a", "b"]);
  assert.deepEqual([end.class, end.settled], ["delivered", { a: "delivered", b: "delivered" }]);
  const again = attempt({ b: result("transient") }, settled, ["a", "b"]);
  assert.deepEqual([again.class, again.settled], ["transient", { a: "delivered" }]);
});

Deno.test("recipients: the longest wait counts, and as many retries as the most hopeful one is worth", () => {
  const once = result("transient", { retries_max: 1, retry_after_ms: 300_000 });
  assert.deepEqual(attempt({ a: once, b: result("delivered") }).retries_max, 1);
  const both = attempt({ a: once, b: result("transient") });
  assert.deepEqual([both.retries_max ?? null, both.retry_after_ms], [null, 300_000]);
  assert.equal(attempt({ a: result("transient"), b: result("deferred") }).class, "deferred");
});

Deno.test("recipients: an error text names a few and counts the others", () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`r${i}`, result("permanent")]));
  assert.match(attempt(many).error!, /^9 of 9 recipients not reached: r0: .*; and 4 more$/);
});

Deno.test("recipients: over any course nobody is sent to after an end, and the delivery ends as they did", () => {
  const kinds = ["delivered", "transient", "deferred", "permanent", "unknown"] as const;
  const course = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(fc.array(course, { minLength: 1, maxLength: 5 }), (courses) => {
    const recipients = courses.map((_, i) => `r${i}`);
    const sent = new Map<string, SendResult["class"][]>(recipients.map((one) => [one, []]));
    let settled: Settled = {};
    let end: SendResult["class"] = "transient";
    for (let n = 0; n < 7 && (end === "transient" || end === "deferred"); n++) {
      const pending = pendingOf(recipients, settled);
      const results = Object.fromEntries(pending.map((one) => {
        const kind = courses[recipients.indexOf(one)]![n] ?? "delivered";
        sent.get(one)!.push(kind);
        return [one, result(kind)];
      }));
      const outcome = attempt(results, settled, recipients);
      settled = outcome.settled!;
      end = outcome.class;
    }
    const ends = [...sent.values()].map((classes) => {
      const over = classes.findIndex((one) => one !== "transient" && one !== "deferred");
      assert.ok(over === -1 || over === classes.length - 1, "sent to after its end");
      return classes.at(-1)!;
    });
    const wanted = ends.includes("permanent")
      ? "permanent"
      : ends.includes("unknown")
      ? "unknown"
      : "delivered";
    assert.equal(end, wanted);
  }));
});
