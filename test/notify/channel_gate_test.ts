/** What a channel's policy lets through, and when. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SendResult } from "../../src/channel/mod.ts";
import type { Channel } from "../../src/model/channel.ts";
import { ChannelGate } from "../../src/notify/channel_gate.ts";
import { TokenBuckets } from "../../src/notify/token_buckets.ts";
import { channelOf } from "../channel/channel_fixture.ts";

const T0 = Date.UTC(2026, 0, 5, 12);

const result = (members: Partial<SendResult>): SendResult => ({
  ...{ class: "delivered", scope: null, reason: null, status: 200, error: null, response_body: null },
  retry_after_ms: null,
  ...members,
});
const FAILED = result({ class: "transient", status: 500, reason: "http_5xx" });
const WORKED = result({});

/** Attempts one after the other, each at its time; answers what the gate said. */
function attempts(gate: ChannelGate, channel: Channel, course: readonly [number, SendResult][]): string[] {
  return course.map(([at, end]) => {
    const admission = gate.admit(channel, T0 + at);
    if (admission.kind === "go") gate.ended(channel, end, { now: T0 + at, first: true });
    return admission.kind === "hold" ? admission.hold.reason : admission.kind;
  });
}

Deno.test("token bucket: whatever is asked when, no span of time sees more than its rate and the burst", () => {
  const limit = { per_second: 5, burst: 3 };
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (steps) => {
      const buckets = new TokenBuckets();
      const sent: number[] = [];
      let now = T0;
      for (const step of steps) {
        now += step;
        if (buckets.waitsUntil("c", limit, now) !== null) continue;
        buckets.take("c", limit, now);
        sent.push(now);
      }
      for (const [i, from] of sent.entries()) {
        for (let j = i; j < sent.length; j++) {
          const most = limit.burst + (sent[j]! - from) * limit.per_second / 1000;
          assert.ok(j - i + 1 <= most + 1e-6, `${j - i + 1} within ${sent[j]! - from} ms`);
        }
      }
    }),
  );
});

Deno.test("token bucket: who waits as long as it says is let through, one at an even pace", () => {
  const buckets = new TokenBuckets();
  const limit = { per_second: 4, burst: 2 };
  const at: number[] = [];
  let now = T0;
  while (at.length < 6) {
    const until = buckets.waitsUntil("c", limit, now);
    if (until !== null) now = until;
    else {
      buckets.take("c", limit, now);
      at.push(now - T0);
    }
  }
  assert.deepEqual(at, [0, 0, 250, 500, 750, 1000]);
});

Deno.test("circuit: five failures in a row open it for a minute, two successes close it", () => {
  const gate = new ChannelGate();
  const channel = channelOf({});
  const five = [0, 1, 2, 3, 4].map((at): [number, SendResult] => [at, FAILED]);
  assert.deepEqual(attempts(gate, channel, five), ["go", "go", "go", "go", "go"]);
  assert.deepEqual(attempts(gate, channel, [[5, WORKED], [60_003, WORKED]]), [
    "circuit_open",
    "circuit_open",
  ]);
  assert.deepEqual(gate.circuit(channel.channel_id, T0 + 10), {
    ...{ state: "open", failures: 5, opened_at: T0 + 4, probe_at: T0 + 60_004 },
  });
  assert.deepEqual(attempts(gate, channel, [[60_004, WORKED]]), ["go"]);
  assert.equal(gate.circuit(channel.channel_id, T0 + 60_004).state, "half_open");
  assert.deepEqual(attempts(gate, channel, [[60_005, WORKED]]), ["go"]);
  assert.equal(gate.circuit(channel.channel_id, T0 + 60_005).state, "closed");
});

Deno.test("circuit: half open it lets one attempt through at a time, and one failure opens it again", () => {
  const gate = new ChannelGate();
  const channel = channelOf({});
  attempts(gate, channel, [0, 1, 2, 3, 4].map((at): [number, SendResult] => [at, FAILED]));
  assert.deepEqual(gate.admit(channel, T0 + 61_000), { kind: "go", alone: true });
  assert.deepEqual(gate.admit(channel, T0 + 61_000), { kind: "wait", until: null });
  gate.ended(channel, FAILED, { now: T0 + 61_001, first: false });
  const admission = gate.admit(channel, T0 + 61_002);
  assert.deepEqual(admission, { kind: "hold", hold: { reason: "circuit_open", until: T0 + 121_001 } });
  assert.equal(gate.circuit(channel.channel_id, T0 + 61_002).opened_at, T0 + 4);
});

Deno.test("circuit: what a receiver says of a message or asks for is no failure; a success begins anew", () => {
  const gate = new ChannelGate();
  const channel = channelOf({});
  const refused = result({ class: "permanent", scope: "message", reason: "bad_request", status: 400 });
  const asked = result({ class: "deferred", reason: "rate_limited", status: 429 });
  const course = [FAILED, FAILED, asked, FAILED, FAILED, refused, FAILED, FAILED, FAILED, FAILED];
  const said = attempts(gate, channel, course.map((end, at): [number, SendResult] => [at, end]));
  assert.deepEqual(new Set(said), new Set(["go"]));
  assert.equal(gate.circuit(channel.channel_id, T0 + 20).failures, 4);
});

Deno.test("circuit: a probe that shows nothing leaves the next one to show it", () => {
  const gate = new ChannelGate();
  const channel = channelOf({}, {
    policy: { circuit_breaker: { failure_threshold: 1, success_threshold: 1 } },
  });
  attempts(gate, channel, [[0, FAILED]]);
  assert.deepEqual(gate.admit(channel, T0 + 61_000), { kind: "go", alone: true });
  gate.ended(channel, result({ class: "unknown", reason: "shutdown" }), { now: T0 + 61_001, first: true });
  assert.deepEqual(attempts(gate, channel, [[61_002, WORKED]]), ["go"]);
  assert.equal(gate.circuit(channel.channel_id, T0 + 61_003).state, "closed");
});

Deno.test("circuit: retries that fail do not open it, but tell that it is still open", () => {
  const gate = new ChannelGate();
  const channel = channelOf({});
  for (let at = 0; at < 20; at++) {
    assert.equal(gate.admit(channel, T0 + at).kind, "go");
    gate.ended(channel, FAILED, { now: T0 + at, first: false });
  }
  assert.equal(gate.circuit(channel.channel_id, T0 + 20).state, "closed");
});

Deno.test("circuit: switched off it never opens; opened by hand it is closed", () => {
  const gate = new ChannelGate();
  const off = channelOf({}, { policy: { circuit_breaker: { enabled: false } } });
  const many = Array.from({ length: 20 }, (_, at): [number, SendResult] => [at, FAILED]);
  assert.deepEqual(new Set(attempts(gate, off, many)), new Set(["go"]));
  const on = channelOf({});
  assert.equal(attempts(gate, on, many).at(-1), "circuit_open");
  gate.open(on.channel_id);
  assert.deepEqual(attempts(gate, on, [[30, FAILED]]), ["go"]);
});
