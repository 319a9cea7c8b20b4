/**
 * Calls of enrichments through the actors: wherever the process dies, each event is told once, by one answer.
 * The endpoint is a function here; test/e2e/api_call_test.ts asks a real one.
 */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../../src/channel/http.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { Course, type CourseStep } from "./course.ts";
import { RuleEngine, workerFleet } from "./rule_engine.ts";

const FLEETS: Record<string, () => Fleet> = {
  inline: () => new InlineFleet(),
  workers: () => workerFleet(),
};

function rule(call: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    rule_name: "Gold hosts",
    trigger_type: "event",
    trigger_spec: {
      enrichments: [{
        ...{ name: "owner", type: "api_call", endpoint: "http://cmdb.test/{{ host }}" },
        ...{ cache_seconds: 3600, timeout_ms: 30_000, fallback: { tier: 0 } },
        ...call,
      }],
      conditions: [{ field: "owner.tier", op: ">=", value: 2 }],
      ...spec,
    },
  };
}

function ok(value: unknown): HttpResult {
  return { kind: "answer", status: 200, headers: {}, body: JSON.stringify(value), body_end: "complete" };
}

/** Hosts with an even number are gold. */
const ENDPOINT: HttpPort = {
  async send({ url }) {
    await turn(systemClock);
    return ok({ tier: Number(url.at(-1)) % 2 === 0 ? 2 : 1 });
  },
};

/** An endpoint that answers when it is told to. */
class Slow implements HttpPort {
  readonly open: { request: HttpRequest; answer: (tier: number) => void }[] = [];

  send(request: HttpRequest): Promise<HttpResult> {
    return new Promise((resolve) => {
      const ended: HttpResult = { kind: "failed", code: "shutdown_during_send", message: "ended" };
      request.signal.addEventListener("abort", () => resolve(ended));
      this.open.push({ request, answer: (tier) => resolve(ok({ tier })) });
    });
  }

  async asked(n: number): Promise<void> {
    while (this.open.length < n) await turn(systemClock);
  }
}

const hosts = (...numbers: number[]) => numbers.map((n) => ({ host: `h${n}` }));

function post(...numbers: number[]): CourseStep {
  return { do: "post", requests: [hosts(...numbers)], topic: "default" };
}

const STEPS: readonly CourseStep[] = [
  { do: "create", rule: "gold", doc: rule(), back: 0 },
  post(1, 2, 3, 2),
  post(4, 1),
  { do: "checkpoint" },
  post(5, 6),
  { do: "answered" },
  { do: "checkpoint" },
  post(2, 7, 8),
  { do: "answered" },
  { do: "edit", rule: "gold", doc: { ...rule(), rule_name: "Gold" } },
  post(8, 9, 2),
  { do: "answered" },
];

async function run(fleet: () => Fleet, crashAt: number | null): Promise<{ store: Store; calls: number }> {
  const store = createMemoryStore();
  const course = new Course({ store, fleet, workers: 2, crashAt, http: ENDPOINT });
  await course.play(STEPS);
  return { store, calls: course.calls };
}

/** A request that a crash cut off may be in the log twice, so it is the log that says what is to be told. */
async function assertTold(store: Store, when: string): Promise<void> {
  const records = await store.log.browse({
    topic: "default",
    from_offset: 0,
    limit: { records: 1000, bytes: 1e9 },
  });
  const gold: number[] = [];
  const seen = new Set<string>();
  const decoder = new TextDecoder();
  for (const { first, body } of records) {
    for (const [i, line] of decoder.decode(body).split("\n").entries()) {
      const { host } = JSON.parse(line);
      seen.add(host);
      if (Number(host.at(-1)) % 2 === 0) gold.push(first + i);
    }
  }
  const alerts = (await store.effects.alertsAfter(0, 1000)).map(({ alert }) => alert);
  assert.deepEqual(alerts.map(({ events }) => events[0]!.offset), gold, when);
  const counters = (await store.effects.progress("gold"))?.counters;
  const expected = { calls_wanted: seen.size, matched: gold.length, alerts: gold.length };
  assert.deepEqual(counters, expected, when);
}

async function killedEvery(step: number, fleet: () => Fleet): Promise<void> {
  const { store, calls } = await run(fleet, null);
  await assertTold(store, "undisturbed");
  for (let at = 1; at <= calls; at += step) {
    const { store } = await run(fleet, at);
    await assertTold(store, `killed before call ${at} of ${calls}`);
  }
}

Deno.test("calls, killed before any call of the store, inline: told once, in order, by one answer", async () => {
  await killedEvery(1, FLEETS.inline!);
});

Deno.test("calls, killed before some calls of the store, on workers: the same", async () => {
  await killedEvery(37, FLEETS.workers!);
});

const offsets = async (engine: RuleEngine) => (await engine.alerts()).map(({ events }) => events[0]!.offset);

for (const [name, fleet] of Object.entries(FLEETS)) {
  Deno.test(`${name}: an edit ends the wait with the fallback of the version before`, async () => {
    const http = new Slow();
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet(), http });
    await engine.saveRule("gold", rule({ fallback: { tier: 2 } }));
    const { first_offset } = await engine.post(hosts(1));
    await http.asked(1);
    await engine.saveRule("gold", rule({ fallback: { tier: 0 } }));
    await engine.settle();
    assert.deepEqual(await offsets(engine), [first_offset]);
    assert.equal((await engine.alerts())[0]!.rule_version, 1);
    http.open[0]!.answer(1);
    await engine.post(hosts(1));
    await http.asked(2);
    http.open[1]!.answer(2);
    await engine.answered();
    assert.equal((await offsets(engine)).length, 2);
    assert.deepEqual(await engine.counters("gold"), {
      ...{ calls_wanted: 2, calls_cut_short: 1, matched: 2, alerts: 2 },
    });
  });

  Deno.test(`${name}: a rule that is switched off gives its calls up, and is told nothing`, async () => {
    const http = new Slow();
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet(), http });
    await engine.saveRule("gold", rule());
    await engine.post(hosts(1));
    await http.asked(1);
    await engine.switchRule("gold", "disabled");
    assert.equal(http.open[0]!.request.signal.aborted, true);
    await engine.switchRule("gold", "enabled");
    await engine.settle();
    assert.equal((await engine.supervisor.ruleState("gold"))?.waiting, 0);
    assert.deepEqual(await offsets(engine), []);
  });

  Deno.test(`${name}: a rule that starts in the past asks once it has read the log`, async () => {
    const http = new Slow();
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet(), http });
    const { first_offset } = await engine.post(hosts(1, 2, 1));
    await engine.saveRule("gold", rule(), { start: first_offset });
    await http.asked(2);
    await engine.settle();
    assert.deepEqual(await offsets(engine), []);
    for (const { answer } of http.open) answer(2);
    await engine.answered();
    assert.deepEqual(await offsets(engine), [first_offset, first_offset + 1, first_offset + 2]);
  });
}

Deno.test("an actor that throws tells anew what it wants, and a call under way is not made twice", async () => {
  const http = new Slow();
  let throws = 0;
  const probe = () => {
    if (throws-- > 0) throw new Error("on purpose");
  };
  await using engine = await RuleEngine.start({ store: createMemoryStore(), probe, http });
  await engine.saveRule("gold", rule());
  const { first_offset } = await engine.post(hosts(1));
  await http.asked(1);
  throws = 1;
  await engine.post(hosts(2));
  await http.asked(2);
  assert.equal((await engine.supervisor.ruleState("gold"))?.restarts, 1);
  for (const { answer } of http.open) answer(2);
  await engine.answered();
  assert.deepEqual(await offsets(engine), [first_offset, first_offset + 1]);
  assert.equal(http.open.length, 2);
});

Deno.test("a rule that is resumed as a later version asks anew for the events that wait", async () => {
  const http = new Slow();
  let throws = false;
  const probe = () => {
    if (throws) throw new Error("on purpose");
  };
  await using engine = await RuleEngine.start({ store: createMemoryStore(), probe, http });
  await engine.saveRule("gold", rule());
  const { first_offset } = await engine.post(hosts(1));
  await http.asked(1);
  await engine.checkpoint();
  throws = true;
  // Each is parked as what crashes the rule, until that was too often.
  const quarantined = async () => (await engine.supervisor.ruleState("gold"))?.quarantine !== null;
  for (let posts = 0; posts < 10 && !await quarantined(); posts++) {
    await engine.post(hosts(2, 3));
    await engine.settle();
  }
  throws = false;
  assert.equal(http.open[0]!.request.signal.aborted, true);
  await engine.saveRule("gold", rule({ params: { zone: { ref: "zone" }, host: { ref: "host" } } }));
  await engine.saveRule("gold", rule({ params: { host: { ref: "host" } } }));
  await engine.supervisor.resume("gold", "now");
  await http.asked(2);
  assert.equal(http.open[1]!.request.url, "http://cmdb.test/h1?host=h1");
  http.open[1]!.answer(2);
  await engine.answered();
  assert.deepEqual(await offsets(engine), [first_offset]);
});
