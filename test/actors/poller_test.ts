import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { Problem } from "../../src/base/problem.ts";
import { seededRng } from "../../src/base/rng.ts";
import type { HttpRequest, HttpResult } from "../../src/channel/http.ts";
import type { EventSlice } from "../../src/ingest/event_slice.ts";
import type { Polling } from "../../src/model/polling.ts";
import { BACKOFF_MS_MAX, Poller, POLLS_AT_ONCE_MAX } from "../../actors/poller.ts";
import { VirtualClock } from "../virtual_clock.ts";

const POLLING: Polling = {
  endpoint: "https://example.test/m?a=1",
  method: "GET",
  params: {},
  interval_ms: 60_000,
  timeout_ms: 3_000,
};

function answer(body: string, more: Partial<HttpResult> = {}): HttpResult {
  return { kind: "answer", status: 200, headers: {}, body, body_end: "complete", ...more } as HttpResult;
}

const decoder = new TextDecoder();

class Bench implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly requests: HttpRequest[] = [];
  readonly at: number[] = [];
  readonly logged: [string, unknown, string][] = [];
  readonly told: string[] = [];
  readonly metrics = new Metrics();
  answer: (request: HttpRequest) => HttpResult | Promise<HttpResult> = () => answer(`{"v":1}`);
  refuse: Problem | null = null;
  readonly poller = new Poller({
    http: {
      send: (request) => {
        this.requests.push(request);
        this.at.push(this.clock.monotonic());
        return Promise.resolve(this.answer(request));
      },
    },
    clock: this.clock,
    rng: seededRng(1),
    logger: {
      ...silentLogger,
      info: (message) => void this.told.push(message),
      warn: (message) => void this.told.push(message),
    },
    metrics: this.metrics,
    submit: (topic, slices) => {
      if (this.refuse !== null) return Promise.reject(this.refuse);
      this.#log(topic, slices);
      return Promise.resolve();
    },
  });

  #log(topic: string, slices: readonly EventSlice[]): void {
    for (const { events, body } of slices) this.logged.push([topic, events[0], decoder.decode(body)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.poller.stop();
    assert.equal(this.clock.timers, 0);
  }
}

Deno.test("poll: what comes back is an event of the rule's own topic, about once an interval", async () => {
  await using bench = new Bench();
  bench.poller.follow("r", POLLING);
  await bench.clock.advance(10 * 60_000);
  assert.ok(bench.logged.length >= 9 && bench.logged.length <= 11);
  assert.deepEqual(bench.logged[0], ["_poll.r", { v: 1 }, `{"v":1}`]);
  const waits = bench.at.slice(1).map((at, i) => at - bench.at[i]!);
  for (const wait of waits) assert.ok(Math.abs(wait - 60_000) <= 3_000, `${wait}`);
});

Deno.test("poll: another JSON value stands under value", async () => {
  for (
    const [text, event] of [["7.5", 7.5], [" [1, 2]\n", [1, 2]], ["null", null], [`"up"`, "up"]] as const
  ) {
    await using bench = new Bench();
    bench.answer = () => answer(text);
    bench.poller.follow("r", POLLING);
    await bench.clock.advance(10_000);
    assert.deepEqual(bench.logged[0]?.[1], { value: event });
    assert.deepEqual(JSON.parse(bench.logged[0]![2]), { value: event });
  }
});

Deno.test("poll: params go into the query of a GET and into the body of a POST", async () => {
  await using bench = new Bench();
  const params = { q: "a b", tag: ["x", 2], deep: { on: true } };
  bench.poller.follow("get", { ...POLLING, params });
  bench.poller.follow("post", { ...POLLING, method: "POST", params });
  await bench.clock.advance(10_000);
  const get = bench.requests.find(({ method }) => method === "GET")!;
  const url = new URL(get.url);
  assert.deepEqual([...url.searchParams], [["a", "1"], ["q", "a b"], ["tag", "x"], ["tag", "2"], [
    "deep",
    `{"on":true}`,
  ]]);
  assert.equal(get.deadline_ms, 3_000);
  const post = bench.requests.find(({ method }) => method === "POST")!;
  assert.equal(post.url, POLLING.endpoint);
  assert.deepEqual(JSON.parse(decoder.decode(post.body)), params);
});

const FAILURES: [string, HttpResult, RegExp][] = [
  ["status", answer("{}", { status: 302 }), /answered 302/],
  ["not_json", answer("<html>"), /no JSON/],
  ["not_json", answer(`{"__proto__": 1}`), /no JSON/],
  ["too_large", answer("[", { body_end: "cut" }), /longer than/],
  ["unreachable", answer("{", { body_end: "broken" }), /ended within/],
  [
    "refused",
    { kind: "failed", code: "ssrf_blocked", message: "Cannot call the URL: 10.0.0.1 is private" },
    /private/,
  ],
  [
    "timeout",
    { kind: "failed", code: "timeout_after_send", message: "Cannot deliver: no answer in time" },
    /: no/,
  ],
];

for (const [reason, result, message] of FAILURES) {
  Deno.test(`poll: ${reason} is a failure that says why: ${message.source}`, async () => {
    await using bench = new Bench();
    bench.answer = () => result;
    bench.poller.follow("r", POLLING);
    await bench.clock.advance(10_000);
    assert.deepEqual(bench.logged, []);
    const report = bench.poller.report("r")!;
    assert.match(report.last_error!, /^Cannot poll the endpoint: /);
    assert.match(report.last_error!, message);
    assert.equal(report.failures, 1);
    assert.equal(report.last_ok_at, null);
    assert.ok((await bench.metrics.render()).includes(`tocsin_polls_total{outcome="${reason}"} 1`));
  });
}

Deno.test("poll: what fails is told once, waits longer and longer, and is told once when it works", async () => {
  await using bench = new Bench();
  bench.answer = () => answer("{}", { status: 500 });
  bench.poller.follow("r", { ...POLLING, interval_ms: 1_000 });
  await bench.clock.advance(3_600_000);
  const waits = bench.at.slice(1).map((at, i) => at - bench.at[i]!);
  assert.ok(waits[0]! < 2_200 && waits[1]! > 3_500 && waits.at(-1)! > 0.9 * BACKOFF_MS_MAX);
  assert.ok(waits.every((wait) => wait <= 1.06 * BACKOFF_MS_MAX));
  assert.deepEqual(bench.told, ["the polling of a rule fails"]);
  bench.answer = () => answer("{}");
  await bench.clock.advance(2 * BACKOFF_MS_MAX);
  assert.deepEqual(bench.told, ["the polling of a rule fails", "the polling of a rule works again"]);
  const report = bench.poller.report("r")!;
  assert.deepEqual([report.last_error, report.failures], [null, 0]);
  assert.equal(report.last_ok_at, report.last_at);
});

Deno.test("poll: a log that takes nothing for now is a failure like others", async () => {
  await using bench = new Bench();
  bench.refuse = new Problem({ status: 507, code: "disk_full", detail: "the disk is full" });
  bench.poller.follow("r", POLLING);
  await bench.clock.advance(10_000);
  assert.match(bench.poller.report("r")!.last_error!, /Cannot log what was polled: the disk is full/);
});

Deno.test("poll: a slow answer is waited for, and no second poll begins meanwhile", async () => {
  await using bench = new Bench();
  const held = Promise.withResolvers<HttpResult>();
  bench.answer = () => held.promise;
  bench.poller.follow("r", { ...POLLING, interval_ms: 1_000 });
  await bench.clock.advance(30_000);
  assert.equal(bench.requests.length, 1);
  assert.equal(bench.poller.report("r")!.next_at, null);
  bench.answer = () => answer("2");
  held.resolve(answer("1"));
  await bench.clock.advance(2_000);
  assert.ok(bench.requests.length >= 2);
});

Deno.test("poll: a rule that ends or changes is not polled as it was, and its answer is not logged", async () => {
  await using bench = new Bench();
  const held: ((result: HttpResult) => void)[] = [];
  bench.answer = () => new Promise((resolve) => held.push(resolve));
  bench.poller.follow("r", POLLING);
  bench.poller.follow("s", POLLING);
  await bench.clock.advance(10_000);
  bench.poller.follow("r", null);
  bench.poller.follow("s", { ...POLLING, endpoint: "https://example.test/other" });
  assert.ok(bench.requests.every(({ signal }) => signal.aborted));
  for (const resolve of held) resolve(answer("1"));
  await bench.clock.advance(1);
  assert.equal(bench.logged.length, 0);
  assert.equal(bench.poller.report("r"), null);
  bench.answer = () => answer("2");
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.logged.map(([topic]) => topic), ["_poll.s"]);
});

Deno.test("poll: an edit that polls the same goes on as it was", async () => {
  await using bench = new Bench();
  bench.poller.follow("r", POLLING);
  await bench.clock.advance(10_000);
  const before = bench.poller.report("r");
  bench.poller.follow("r", { ...POLLING });
  assert.deepEqual(bench.poller.report("r"), before);
});

Deno.test("poll: a thousand rules do not poll in the same moment, nor too many at once", async () => {
  await using bench = new Bench();
  let open = 0;
  let most = 0;
  bench.answer = () => {
    most = Math.max(most, ++open);
    return new Promise((resolve) =>
      bench.clock.after(500, () => {
        open--;
        resolve(answer("1"));
      })
    );
  };
  for (let i = 0; i < 1_000; i++) bench.poller.follow(`r${i}`, POLLING);
  await bench.clock.advance(30_000);
  assert.equal(new Set(bench.logged.map(([topic]) => topic)).size, 1_000);
  assert.ok(most <= POLLS_AT_ONCE_MAX);
  const moments = new Set(bench.at);
  assert.ok(moments.size > 300, `${moments.size}`);
});
