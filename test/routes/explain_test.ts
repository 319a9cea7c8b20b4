/** Why a rule did not fire, asked over the wire. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { type Api, openApi } from "./api.ts";

const TIME = { field: "ts", unit: "s", idle_after: "1h" };
const LOGINS = {
  rule_id: "logins",
  rule_name: "Logins",
  trigger_type: "pattern",
  trigger_spec: {
    topics: ["logins"],
    group_by: ["user"],
    time: TIME,
    recipe: {
      kind: "threshold",
      of: { field: "outcome", value: "failed" },
      times: 3,
      within: "60s",
      then: { field: "outcome", value: "success" },
    },
  },
};

// deno-lint-ignore no-explicit-any -- what tests look into
async function explain(api: Api, ruleId: string): Promise<any> {
  await api.settle();
  const response = await fetch(`http://127.0.0.1:${api.serve()}/api/v1/rules/${ruleId}/explain`);
  assert.equal(response.status, 200);
  return await response.json();
}

async function post(api: Api, topic: string, events: readonly JsonObject[]): Promise<number> {
  const { body } = await api.send("POST", `/events?topic=${topic}`, JSON.stringify(events));
  return body.first_offset;
}

function login(user: string, ts: number, outcome = "failed"): JsonObject {
  return { user, ts, outcome };
}

function codes({ reasons }: { reasons: { code: string }[] }): string[] {
  return reasons.map(({ code }) => code);
}

Deno.test("explain: which step the longest partial matches reached, what they wait for, and until when", async () => {
  await using api = await openApi();
  assert.equal((await api.send("POST", "/rules", LOGINS)).status, 201);
  const first = await post(api, "logins", [
    login("ann", 0),
    login("bob", 10),
    login("bob", 20),
    login("bob", 30),
  ]);
  const told = await explain(api, "logins");
  assert.deepEqual(told.pattern.by_step, [
    { awaits: ["of"], must_not_come: null, partials: 3 },
    { awaits: ["then"], must_not_come: null, partials: 1 },
  ]);
  assert.deepEqual([told.pattern.partials, told.pattern.looked_at], [4, 4]);
  assert.deepEqual(told.pattern.longest[0], {
    key: { user: "bob" },
    reached: "of",
    awaits: ["then"],
    must_not_come: null,
    event_count: 3,
    events: [1, 2, 3].map((i) => ({
      step: "of",
      offset: first + i,
      time: `1970-01-01T00:00:${i}0.000Z`,
    })),
    started_at: "1970-01-01T00:00:10.000Z",
    ends_at: "1970-01-01T00:01:10.000Z",
  });
  assert.deepEqual(codes(told), ["partials_wait"]);
  assert.equal(
    told.reasons[0].message,
    '4 partial matches wait. The longest took 3 events, the last by step "of", and waits for an event of ' +
      '"then", until 1970-01-01T00:01:10.000Z of event time',
  );
  assert.deepEqual([told.status, told.keys, told.watermark], ["running", 2, "1970-01-01T00:00:30.000Z"]);
  assert.deepEqual(told.topics, [{ topic: "logins", events: 4 }]);
  assert.equal(told.last_alert, null);
});

Deno.test("explain: partial matches whose time ran out, and the alert there was", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", LOGINS);
  await post(api, "logins", [login("ann", 0), login("bob", 1), login("bob", 2), login("bob", 3)]);
  await post(api, "logins", [login("bob", 4, "success"), login("eve", 100, "other")]);
  const told = await explain(api, "logins");
  assert.deepEqual(codes(told), ["partials_timed_out", "no_partials"]);
  assert.deepEqual([told.pattern.partials, told.pattern.longest], [0, []]);
  assert.deepEqual(told.last_alert.key, { user: "bob" });
  assert.equal(told.last_alert.event_time, "1970-01-01T00:00:04.000Z");
});

Deno.test("explain: a heartbeat waits for time to pass without one", async () => {
  await using api = await openApi();
  const recipe = { kind: "heartbeat", of: { field: "type", value: "beat" }, within: "30s" };
  const trigger_spec = { topics: ["beats"], time: TIME, recipe };
  await api.send("POST", "/rules", { ...LOGINS, rule_id: "beat", trigger_spec });
  await post(api, "beats", [{ type: "beat", ts: 5 }]);
  const told = await explain(api, "beat");
  assert.deepEqual(told.pattern.by_step, [{ awaits: [], must_not_come: "missing", partials: 1 }]);
  assert.match(told.reasons[0].message, /waits for "missing" not to come, until 1970-01-01T00:00:35.000Z/);
  assert.equal(told.next_due, "1970-01-01T00:00:35.000Z");
});

Deno.test("explain: at most so many partial matches are looked at, and the answer says how many", async () => {
  await using api = await openApi();
  const pattern = {
    steps: [{ name: "a", field: "v", value: 1 }, { name: "b", field: "v", value: 2 }],
    after_match: "no_skip",
  };
  const trigger_spec = { topics: ["t"], time: TIME, pattern };
  const limits = { partials_per_key: null };
  await api.send("POST", "/rules", { ...LOGINS, rule_id: "many", trigger_spec, limits });
  for (let i = 0; i < 11; i++) await post(api, "t", new Array(1000).fill({ v: 1, ts: i }));
  const { pattern: told } = await explain(api, "many");
  assert.deepEqual([told.partials, told.looked_at, told.longest.length], [11_000, 10_000, 5]);
  assert.deepEqual(told.by_step, [{ awaits: ["b"], must_not_come: null, partials: 10_000 }]);
});

Deno.test("explain: a rule that saw no events of its topics, and one that is disabled", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", LOGINS);
  assert.deepEqual(codes(await explain(api, "logins")), ["no_events", "nothing_matched", "no_partials"]);
  await api.send("POST", "/rules/logins/disable");
  const off = await explain(api, "logins");
  assert.deepEqual([off.status, off.reasons[0].code, off.pattern, off.keys], [
    "stopped",
    "disabled",
    null,
    null,
  ]);
});

Deno.test("explain: windows that are open and when the next closes; keys that wait for `for`", async () => {
  await using api = await openApi();
  const windowed = { topics: ["m"], time: TIME, window_config: { type: "tumbling", size: "1m" } };
  await api.send("POST", "/rules", {
    rule_id: "window",
    rule_name: "w",
    trigger_type: "event",
    trigger_spec: windowed,
  });
  const held = { topics: ["m"], time: TIME, group_by: ["host"], field: "v", op: ">", value: 5 };
  await api.send("POST", "/rules", {
    rule_id: "held",
    rule_name: "h",
    trigger_type: "event",
    trigger_spec: held,
    for: "5m",
  });
  await post(api, "m", [{ ts: 10, host: "a", v: 9 }, { ts: 20, host: "b", v: 9 }]);
  const window = await explain(api, "window");
  assert.deepEqual([codes(window), window.next_due, window.open_windows], [
    ["windows_open"],
    "1970-01-01T00:01:00.000Z",
    1,
  ]);
  const waiting = await explain(api, "held");
  assert.deepEqual([codes(waiting), waiting.pending], [["pending"], 2]);
  assert.deepEqual(waiting.pending_keys[0], {
    key: { host: "a" },
    since: "1970-01-01T00:00:10.000Z",
    due: "1970-01-01T00:05:10.000Z",
  });
  assert.equal(waiting.pattern, null);
});

Deno.test("explain: an unknown rule is not found", async () => {
  await using api = await openApi();
  assert.equal((await api.send("GET", "/rules/none/explain")).status, 404);
});

Deno.test("a pattern that never matches is refused at save, one with members without effect is warned about", async () => {
  await using api = await openApi();
  const step = (name: string, more: JsonObject) => ({ name, field: "v", value: 1, ...more });
  const greedy = step("a", { times: [1, null], greedy: true });
  const rule = (...steps: JsonObject[]) => ({ ...LOGINS, trigger_spec: { pattern: { steps } } });
  const refused = await api.send("POST", "/rules", rule(greedy, step("b", {})));
  assert.deepEqual([refused.status, refused.body.errors[0].code], [400, "never_matches"]);
  assert.equal(refused.body.errors[0].pointer, "/trigger_spec/pattern/steps/0/greedy");
  const simulated = await api.send("POST", "/rules/simulate", {
    rule: rule(greedy, step("b", {})),
    events: [],
  });
  assert.deepEqual([simulated.status, simulated.body.errors[0].code], [400, "never_matches"]);
  const { body } = await api.send(
    "POST",
    "/rules/validate",
    rule(step("b", {}), step("a", { optional: true, value: 2 })),
  );
  assert.deepEqual([body.valid, body.warnings[0].code], [true, "ignored"]);
  assert.match(body.warnings[0].message, /^Step "a" never takes an event .* Of events b1 a1 it finds b1$/);
});
