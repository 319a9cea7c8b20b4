/** What makes calls: bounded, each rule its share, none twice, and nothing lost on a disk that is full. */
import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import type { HttpRequest, HttpResult } from "../../src/channel/http.ts";
import type { CallAnswered } from "../../src/engine/command.ts";
import type { WantedCall } from "../../src/engine/enrich/calls.ts";
import { decodeCommandRecord } from "../../src/ingest/command_record.ts";
import { type NewRecord, StorageFullError } from "../../src/store/event_log.ts";
import { CALL_ANSWER_BYTES_MAX } from "../../actors/call_exchange.ts";
import { Caller, CALLS_AT_ONCE_MAX, CALLS_PER_RULE_MAX } from "../../actors/caller.ts";
import { VirtualClock } from "../virtual_clock.ts";

const TIMEOUT_MS = 2_000;

function wanted(...offsets: number[]): WantedCall[] {
  return offsets.map((offset) => ({
    id: { offset, name: "owner" },
    request: { method: "GET", url: `http://cmdb.test/${offset}`, body: null },
    timeout_ms: TIMEOUT_MS,
  }));
}

const numbers = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

function ok(body: string, more: Partial<HttpResult> = {}): HttpResult {
  return { kind: "answer", status: 200, headers: {}, body, body_end: "complete", ...more } as HttpResult;
}

class Bench implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly metrics = new Metrics();
  readonly requests: HttpRequest[] = [];
  readonly appends: NewRecord[][] = [];
  readonly told: string[] = [];
  readonly fatal: unknown[] = [];
  #open: ((result: HttpResult) => void)[] = [];
  full = false;
  next = 100;
  readonly caller = new Caller({
    http: {
      send: (request) => {
        this.requests.push(request);
        return new Promise((resolve) => {
          this.#open.push(resolve);
          const ended: HttpResult = { kind: "failed", code: "shutdown_during_send", message: "ended" };
          request.signal.addEventListener("abort", () => resolve(ended));
        });
      },
    },
    clock: this.clock,
    logger: {
      ...silentLogger,
      info: (message) => void this.told.push(message),
      warn: (message) => void this.told.push(message),
    },
    metrics: this.metrics,
    log: {
      lastArrival: 0,
      append: (records) => {
        if (this.full) return Promise.reject(new StorageFullError("full"));
        this.appends.push([...records]);
        return Promise.resolve(records.map(() => this.next++));
      },
    },
    onLogged: () => {},
    onFatal: (error) => this.fatal.push(error),
  });

  offer(ruleId: string, calls: WantedCall[], { generation = 1, to = 50 } = {}): void {
    this.caller.offer(ruleId, { generation, calls, to });
  }

  /** Answers everything that is open. */
  async answer(result: HttpResult = ok(`{"tier":1}`)): Promise<void> {
    for (const resolve of this.#open.splice(0)) resolve(result);
    await this.clock.settle();
  }

  async answerOne(): Promise<void> {
    this.#open.shift()!(ok("{}"));
    await this.clock.settle();
  }

  get answers(): [ruleId: string, offset: number, answer: CallAnswered["answer"]][] {
    return this.appends.flat().map(({ body }) => {
      const { rule_id, command } = decodeCommandRecord(body);
      assert(command.kind === "call_answer");
      return [rule_id, command.call.offset, command.answer];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.caller.stop();
    assert.deepEqual(this.fatal, []);
  }
}

Deno.test("caller: a call is made once, and its answer logged for the rule", async () => {
  await using bench = new Bench();
  bench.offer("r", wanted(1));
  bench.offer("r", wanted(1));
  await bench.answer();
  bench.offer("r", wanted(1));
  assert.equal(bench.requests.length, 1);
  assert.deepEqual(bench.answers, [["r", 1, { kind: "value", value: { tier: 1 } }]]);
  assert.deepEqual(bench.requests[0]!.headers, { accept: "application/json" });
  // Once the rule has applied the answer, the same offset can only mean that it was lost to a resume.
  bench.offer("r", wanted(1), { to: 101 });
  assert.equal(bench.requests.length, 2);
});

Deno.test("caller: a rule has its share of the places, and rules take turns", async () => {
  await using bench = new Bench();
  bench.offer("a", wanted(...numbers(100)));
  assert.equal(bench.requests.length, CALLS_PER_RULE_MAX);
  for (const ruleId of ["b", "c", "d", "e"]) bench.offer(ruleId, wanted(...numbers(100, 1000)));
  assert.equal(bench.requests.length, CALLS_AT_ONCE_MAX);
  assert.deepEqual(bench.caller.report("a"), {
    ...{ in_flight: CALLS_PER_RULE_MAX, queued: 100 - CALLS_PER_RULE_MAX, failures: 0 },
    ...{ last_error: null, last_failed_at: null },
  });
  assert.equal(bench.caller.report("e")!.in_flight, 0);
  for (let freed = 0; freed < 5; freed++) await bench.answerOne();
  assert.ok(bench.caller.report("e")!.in_flight > 0, "places of others go round");
});

Deno.test("caller: what gets no place within its time-out comes to the fallback", async () => {
  await using bench = new Bench();
  bench.offer("r", wanted(...numbers(CALLS_PER_RULE_MAX + 2)));
  await bench.clock.advance(TIMEOUT_MS);
  assert.deepEqual(bench.answers.map(([, offset, { kind }]) => [offset, kind]), [
    [CALLS_PER_RULE_MAX, "fallback"],
    [CALLS_PER_RULE_MAX + 1, "fallback"],
  ]);
  assert.match(bench.caller.report("r")!.last_error!, /no place in time/);
});

Deno.test("caller: a call that began late has what is left of its time", async () => {
  await using bench = new Bench();
  bench.offer("r", wanted(...numbers(CALLS_PER_RULE_MAX + 1)));
  await bench.clock.advance(1_500);
  await bench.answer();
  assert.deepEqual([bench.requests[0]!.deadline_ms, bench.requests.at(-1)!.deadline_ms], [TIMEOUT_MS, 500]);
});

const FAILURES: [claim: string, result: HttpResult, outcome: string][] = [
  ["no JSON", ok("<html>"), "not_json"],
  ["a number that no double holds", ok(`{"a":1e400}`), "not_json"],
  ["another status", ok("{}", { status: 404 } as Partial<HttpResult>), "status"],
  ["too much", ok("[", { body_end: "cut" } as Partial<HttpResult>), "too_large"],
  ["a refused address", { kind: "failed", code: "ssrf_blocked", message: "no" }, "refused"],
  ["silence", { kind: "failed", code: "timeout_after_send", message: "no" }, "timeout"],
];

for (const [claim, result, outcome] of FAILURES) {
  Deno.test(`caller: ${claim} is counted, told once, and comes to the fallback`, async () => {
    await using bench = new Bench();
    bench.offer("r", wanted(1, 2));
    assert.equal(bench.requests[0]!.answer_bytes_max, CALL_ANSWER_BYTES_MAX);
    await bench.answer(result);
    assert.deepEqual(bench.answers.map(([, , { kind }]) => kind), ["fallback", "fallback"]);
    bench.offer("r", wanted(3));
    await bench.answer();
    assert.deepEqual(bench.told, ["calls of a rule fail", "calls of a rule work again"]);
    const page = await bench.metrics.render();
    assert.ok(page.includes(`tocsin_calls_total{outcome="${outcome}"} 2\n`), page);
  });
}

Deno.test("caller: answers wait for a disk that is full", async () => {
  await using bench = new Bench();
  bench.full = true;
  bench.offer("r", wanted(1));
  await bench.answer();
  assert.deepEqual(bench.answers, []);
  bench.full = false;
  await bench.clock.advance(1_000);
  assert.equal(bench.answers.length, 1);
});

Deno.test("caller: a rule that runs no more, or begins anew, has its calls given up", async () => {
  await using bench = new Bench();
  bench.offer("r", wanted(1));
  bench.caller.follow("r", 1);
  assert.equal(bench.requests[0]!.signal.aborted, false);
  bench.offer("r", wanted(1), { generation: 2 });
  assert.equal(bench.requests[0]!.signal.aborted, true);
  bench.caller.follow("r", null);
  await bench.clock.settle();
  assert.ok(bench.requests.every(({ signal }) => signal.aborted));
  assert.deepEqual(bench.answers, []);
  assert.equal(bench.caller.report("r"), null);
});
