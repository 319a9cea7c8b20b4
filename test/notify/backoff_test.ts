/** The retry stage, by the vectors of delivery/backoff.json. */
import assert from "node:assert/strict";
import { seededRng } from "../../src/base/rng.ts";
import { outcomeOfHttp } from "../../src/channel/http_outcome.ts";
import { retryAfterMs } from "../../src/channel/retry_after.ts";
import type { AttemptClass, DeliveryState } from "../../src/model/delivery.ts";
import { RETRY_PROFILES } from "../../src/model/retry_policy.ts";
import { decideNext, retryWaitMs } from "../../src/notify/backoff.ts";
import { vectors } from "../vector_rows.ts";

type Answer = string | { class: string; retry_after_s?: number; took_s?: number };
interface Plan {
  id: string;
  answers: Answer[];
  attempts_at_s: number[];
  outcome: string;
  max_retries?: number;
  life_s?: number;
  random?: number;
}
interface Backoff {
  rule: { cap_s: number };
  base: { id: string; retry: number; min_s: number; max_s: number }[];
  jitter: { id: string; base_delay_s: number; random: number; delay_s: number }[];
  plans: Plan[];
  retry_after: {
    id: string;
    header: string | null;
    now: string;
    delay_s: number | null;
    or?: number | null;
  }[];
  use: {
    id: string;
    status: number;
    retry_after_s: number | null;
    class: string;
    next_in_s: [number, number] | null;
  }[];
}

const data = vectors<Backoff>("delivery/backoff.json");
const policy = { ...RETRY_PROFILES.default, capMs: data.rule.cap_s * 1000 };
const fixed = (value: number) => ({ next: () => value });
const near = (actual: number, expected: number, id: string) =>
  assert.ok(Math.abs(actual - expected) < 1, `${id}: ${actual} is not ${expected}`);

for (const row of data.base) {
  Deno.test(`backoff ${row.id}: the wait before retry ${row.retry} is within its bounds`, () => {
    near(retryWaitMs(row.retry, fixed(0), policy), row.min_s * 1000, row.id);
    near(retryWaitMs(row.retry, fixed(1), policy), row.max_s * 1000, row.id);
  });
}

for (const row of data.jitter) {
  Deno.test(`backoff ${row.id}: ${row.base_delay_s} s with chance ${row.random}`, () => {
    const retry = Math.log2(row.base_delay_s) + 1;
    near(retryWaitMs(retry, fixed(row.random), policy), row.delay_s * 1000, row.id);
  });
}

const OUTCOMES: Record<string, DeliveryState> = {
  delivered: "delivered",
  dead_letter: "dead",
  expired: "expired",
  unknown: "unknown",
};

for (const plan of data.plans) {
  Deno.test(`backoff ${plan.id}: attempts at ${plan.attempts_at_s.slice(0, 6)} s, then ${plan.outcome}`, () => {
    const ran = run(plan);
    assert.deepEqual(ran.at.map((ms) => ms / 1000), plan.attempts_at_s);
    assert.equal(ran.state, OUTCOMES[plan.outcome]);
  });
}

function run(plan: Plan): { at: number[]; state: DeliveryState } {
  const limits = { ...policy, retriesMax: plan.max_retries ?? 3 };
  const deferrals = plan.answers.some((answer) => typeof answer === "object" && answer.class === "deferred");
  // The plans give deferrals without their jitter.
  const rng = fixed(plan.random ?? 0.5);
  const exact = fixed(0);
  const delivery = { retries: 0, expires_at: (plan.life_s ?? 86_400) * 1000 };
  const at: number[] = [];
  let now = 0;
  let deferred = 0;
  for (const answer of plan.answers) {
    at.push(now);
    const end = typeof answer === "string" ? { class: answer } : answer;
    now += (typeof answer === "string" ? 0 : answer.took_s ?? 0) * 1000;
    const next = decideNext({
      class: end.class.split("_")[0] as AttemptClass,
      reason: null,
      retry_after_ms: "retry_after_s" in end && end.retry_after_s !== undefined
        ? end.retry_after_s * 1000
        : null,
      afterUnknown: "stop",
    }, {
      delivery,
      deferrals: deferred,
      now,
      rng: deferrals && end.class === "deferred" ? exact : rng,
      policy: limits,
    });
    deferred = end.class === "deferred" ? deferred + 1 : 0;
    delivery.retries = next.retries;
    if (next.next_attempt_at === null) return { at, state: next.state };
    now = next.next_attempt_at;
  }
  return { at, state: "queued" };
}

for (const row of data.retry_after) {
  Deno.test(`backoff ${row.id}: Retry-After ${JSON.stringify(row.header)?.slice(0, 40)}`, () => {
    const ms = retryAfterMs(row.header ?? undefined, Date.parse(row.now));
    const seconds = ms === null ? null : ms / 1000;
    const accepted = "or" in row ? [row.delay_s, row.or] : [row.delay_s];
    assert.ok(accepted.includes(seconds), `${seconds} is none of ${accepted}`);
  });
}

for (const row of data.use) {
  Deno.test(`backoff ${row.id}: status ${row.status} with Retry-After ${row.retry_after_s}`, () => {
    const headers: Record<string, string> = row.retry_after_s === null
      ? {}
      : { "retry-after": String(row.retry_after_s) };
    const answer = { kind: "answer", status: row.status, headers, body: "", body_end: "complete" } as const;
    const result = outcomeOfHttp(answer, 0);
    const [wanted, scope] = row.class.split("_");
    assert.equal(result.class, wanted);
    assert.equal(result.scope, scope ?? null);
    for (const chance of [0, 0.5, 0.999]) {
      const next = decideNext({ ...result, afterUnknown: "repeat" }, {
        delivery: { retries: 0, expires_at: RETRY_PROFILES.default.lifeMs },
        now: 0,
        rng: fixed(chance),
      });
      if (row.next_in_s === null) assert.equal(next.next_attempt_at, null);
      else {
        const [least, most] = row.next_in_s;
        const wait = next.next_attempt_at! / 1000;
        assert.ok(wait >= least && wait <= most, `${wait} is not within ${least} and ${most}`);
      }
    }
  });
}

const asks: [string, number | null, number[]][] = [
  ["1 s", 1000, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]],
  ["nothing", null, [30, 30, 30, 30, 30, 32, 64, 128, 256, 300, 300]],
  ["10 min", 600_000, [600, 600, 600]],
];
for (const [what, retry_after_ms, waits] of asks) {
  Deno.test(`backoff: a receiver that defers again and again and asks for ${what} is left alone longer`, () => {
    const end = {
      class: "deferred",
      reason: "rate_limited",
      retry_after_ms,
      afterUnknown: "repeat",
    } as const;
    const delivery = { retries: 0, expires_at: RETRY_PROFILES.default.lifeMs };
    const waited = (chance: number) =>
      waits.map((_, deferrals) =>
        decideNext(end, { delivery, deferrals, now: 0, rng: fixed(chance) }).next_attempt_at! / 1000
      );
    assert.deepEqual(waited(0), waits);
    waited(1).forEach((wait, i) => near(wait * 1000, waits[i]! * 1100, what));
  });
}

Deno.test("backoff: the default cap is 300 s, jitter after it", () => {
  const { retry_delays } = vectors<
    { retry_delays: { attempt: number; delay_seconds: number; with_jitter: [number, number] }[] }
  >("delivery/channel_validation.json");
  for (const row of retry_delays) {
    near(retryWaitMs(row.attempt + 1, fixed(0.5)), row.delay_seconds * 1000, `attempt ${row.attempt}`);
    near(retryWaitMs(row.attempt + 1, fixed(0)), row.with_jitter[0] * 1000, `attempt ${row.attempt}`);
    near(retryWaitMs(row.attempt + 1, fixed(1)), row.with_jitter[1] * 1000, `attempt ${row.attempt}`);
  }
});

Deno.test("backoff: jitter spreads over the whole ±10 %", () => {
  const rng = seededRng(7);
  const waits = Array.from({ length: 2000 }, () => retryWaitMs(1, rng));
  assert.ok(Math.min(...waits) < 910 && Math.max(...waits) > 1090);
  assert.ok(waits.every((wait) => wait >= 900 && wait <= 1100));
});

Deno.test("backoff: an attempt that our own stop cut off uses up no retry", () => {
  const end = { class: "unknown", reason: "shutdown", retry_after_ms: null, afterUnknown: "repeat" } as const;
  const next = decideNext(end, { delivery: { retries: 3, expires_at: 1e6 }, now: 500, rng: fixed(0.5) });
  assert.deepEqual(next, { state: "retry_wait", retries: 3, next_attempt_at: 500, reason: null });
});

Deno.test("backoff: a transient failure that asks for 60 s waits 60, 120 and 240 s", () => {
  const waits: number[] = [];
  const delivery = { retries: 0, expires_at: 1e9 };
  const end = {
    class: "transient",
    reason: "greylisted",
    retry_after_ms: 60_000,
    afterUnknown: "stop",
  } as const;
  for (let next = decideNext(end, { delivery, now: 0, rng: fixed(0.5) }); next.next_attempt_at !== null;) {
    waits.push(next.next_attempt_at / 1000);
    delivery.retries = next.retries;
    next = decideNext(end, { delivery, now: 0, rng: fixed(0.5) });
  }
  assert.deepEqual(waits, [60, 120, 240]);
});

Deno.test("backoff: a failure that is worth one retry gets no second one", () => {
  const end = {
    class: "transient",
    reason: "mailbox_full",
    retry_after_ms: null,
    afterUnknown: "stop",
  } as const;
  const at = (retries: number) =>
    decideNext({ ...end, retries_max: 1 }, {
      delivery: { retries, expires_at: 1e9 },
      now: 0,
      rng: fixed(0.5),
    });
  assert.equal(at(0).state, "retry_wait");
  assert.deepEqual([at(1).state, at(1).reason], ["dead", "retries_exhausted"]);
});
