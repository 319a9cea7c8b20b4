import assert from "node:assert/strict";
import { breakerOf, channelPolicySchema, fallbackOf, rateLimitOf } from "../../src/model/channel_policy.ts";
import { RETRY_PROFILES, retryPolicyOf, shownRetry } from "../../src/model/retry_policy.ts";

const read = (policy: unknown) => channelPolicySchema.parse(policy);
const faults = (policy: unknown) => {
  const result = channelPolicySchema.safeParse(policy, { reportInput: true });
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `/${path.join("/")}: ${message}`);
};

Deno.test("a policy is kept as it was written", () => {
  const written = {
    send_resolved: true,
    retry: { profile: "patient", max_retries: 7, initial_delay: "5s" },
    rate_limit: { per_minute: 30, burst: 4 },
    circuit_breaker: { failure_threshold: 3, recovery_timeout_seconds: 30 },
    fallback_channel: "mail",
    "x-owner": "ops",
  };
  assert.deepEqual(read(written), written);
});

Deno.test("retry: a profile, or members above one, or above what the type of channel usually does", () => {
  assert.deepEqual(retryPolicyOf("patient", "default"), RETRY_PROFILES.patient);
  assert.deepEqual(retryPolicyOf(undefined, "patient"), RETRY_PROFILES.patient);
  const { initialMs, factor, capMs, retriesMax, lifeMs } = retryPolicyOf(
    { max_retries: 7, initial_delay: "10m", multiplier: 3, expires_after: "2h" },
    "default",
  );
  assert.deepEqual([initialMs, factor, capMs, retriesMax, lifeMs], [600_000, 3, 600_000, 7, 7_200_000]);
  assert.deepEqual(shownRetry(RETRY_PROFILES.default), {
    ...{ max_retries: 3, initial_delay: "1s", multiplier: 2, max_delay: "5m", expires_after: "1d" },
  });
});

Deno.test("a patient delivery is tried for three days: the waits fit into its life", () => {
  const { initialMs, factor, capMs, retriesMax, lifeMs } = RETRY_PROFILES.patient;
  let [waited, retries] = [0, 0];
  while (waited < lifeMs) waited += Math.min(capMs, initialMs * factor ** retries++);
  assert.ok(retries > 100 && retries < retriesMax, `${retries}`);
});

Deno.test("what a limit, a breaker and a fallback come to", () => {
  assert.deepEqual(rateLimitOf({ policy: { rate_limit: { per_minute: 30 } } }), {
    per_second: 0.5,
    burst: 1,
  });
  assert.equal(rateLimitOf({ policy: {} }), null);
  assert.deepEqual(breakerOf({ policy: {} }), { failures: 5, recovery_ms: 60_000, successes: 2 });
  assert.deepEqual(
    breakerOf({ policy: { circuit_breaker: { failure_threshold: 2, recovery_timeout: "30s" } } }),
    { failures: 2, recovery_ms: 30_000, successes: 2 },
  );
  assert.equal(breakerOf({ policy: { circuit_breaker: { enabled: false } } }), null);
  assert.equal(fallbackOf({ policy: { fallback_channel: "mail" } }), "mail");
});

const WRONG: readonly [string, unknown, RegExp][] = [
  ["an unknown profile", { retry: "eager" }, /^\/retry/],
  ["a wait that is no duration", { retry: { initial_delay: "soon" } }, /^\/retry.*/],
  ["no rate", { rate_limit: { burst: 2 } }, /^\/rate_limit: .*per_second or per_minute/],
  ["two rates", { rate_limit: { per_second: 1, per_minute: 1 } }, /^\/rate_limit: .*one of the two/],
  ["a rate of none", { rate_limit: { per_second: 0 } }, /^\/rate_limit\/per_second/],
  ["a slip", { rate_limit: { per_secnd: 1 } }, /did you mean "per_second"/],
  ["two recovery times", {
    circuit_breaker: { recovery_timeout: "1m", recovery_timeout_seconds: 60 },
  }, /together with recovery_timeout_seconds/],
  ["a recovery that takes days", { circuit_breaker: { recovery_timeout: "2d" } }, /at most 1h/],
];

for (const [name, policy, wanted] of WRONG) {
  Deno.test(`a policy with ${name} is refused`, () => {
    assert.match(faults(policy).join("\n"), new RegExp(wanted.source, "m"));
  });
}
