/** if / then / else, results for the next action, and what actions store, over HTTP with real receivers. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

async function save(api: Api, action_spec: JsonObject, members: JsonObject = {}): Promise<JsonObject> {
  const made = await api.send("POST", "/rules", cpuRule({ action_spec, ...members } as never));
  assert.equal(made.status, 201, made.text);
  return made.body;
}

const post = (endpoint: string, body: JsonObject, members: JsonObject = {}): JsonObject => (
  { endpoint, method: "POST", body, ...members }
);

Deno.test("if: what an alert's values decide is decided when it is born", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const hot = { field: "event.cpu", op: ">=", value: 98 };
  await save(api, {
    if: hot,
    then: [post(hook.url, { way: "then" })],
    else: post(hook.url, { way: "else" }),
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 97, host: "a" });
  await until(() => hook.received.length === 1);
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "b" });
  await until(() => hook.received.length === 2);
  assert.deepEqual(hook.received.map(({ body }) => JSON.parse(body).way), ["else", "then"]);
  await api.settle();
  assert.equal((await api.send("GET", "/deliveries")).body.items.length, 2);
});

Deno.test("results: what an action came to is there for those after it, in texts and conditions", async () => {
  await using api = await openApi();
  const sent: JsonObject[] = [];
  await using hook = receiver(({ body }) => {
    const given = JSON.parse(body);
    sent.push(given);
    return given.step === "ticket" ? Response.json({ id: 42, open: true }) : new Response("done");
  });
  await save(api, {
    actions: [
      post(hook.url, { step: "ticket" }, { as: "ticket" }),
      post(hook.url, {
        step: "note",
        id: "{{ results.ticket.result.id }}",
        text: "see {{ results.ticket.result.id }}",
      }),
      {
        if: { field: "results.ticket.result.open", op: "==", value: true },
        then: post(hook.url, { step: "then", was: "{{ results.0.status }}" }),
        else: post(hook.url, { step: "else" }),
      },
    ],
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await until(() => sent.length === 3);
  assert.deepEqual(sent, [
    { step: "ticket" },
    { step: "note", id: 42, text: "see 42" },
    { step: "then", was: "success" },
  ]);
  const items = async () => (await api.send("GET", "/deliveries")).body.items as JsonObject[];
  await until(async () =>
    (await items()).every(({ state }) => state === "delivered" || state === "suppressed")
  );
  const [skipped] = await items();
  assert.deepEqual([skipped!.state, skipped!.reason], ["suppressed", "condition_not_met"]);
});

Deno.test("escalation: who is on call is told only if the repair failed, with its error", async () => {
  await using api = await openApi();
  await using hook = receiver();
  await using broken = receiver(() => new Response("no", { status: 500 }));
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: hook.url } });
  await api.send("POST", "/channels", { name: "on-call", type: "webhook", config: { url: hook.url } });
  await save(api, {
    actions: [
      { type: "notify", channels: ["ops"], message: "cpu {{ cpu }}" },
      post(broken.url, {}, { as: "repair", retry: { max_retries: 1, initial_delay: "1ms" } }),
      {
        if: { field: "results.repair.status", op: "==", value: "fail" },
        then: {
          type: "notify",
          channels: ["on-call"],
          title: "repair failed",
          message: "{{ key.host }}: {{ results.repair.error }}",
        },
      },
    ],
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await until(() => hook.received.length === 2);
  const told = hook.received.map(({ body }) => JSON.parse(body).data);
  assert.deepEqual([told[0].message, told[1].title], ["cpu 99", "repair failed"]);
  assert.match(told[1].message, /^a: .*500/);
  assert.equal(broken.received.length, 2);
  assert.equal(told[0].alert_id, told[1].alert_id);
});

Deno.test("store: a row of a table by its key, and an event of a topic, once each", async () => {
  await using api = await openApi();
  await save(api, {
    actions: [
      {
        type: "store",
        table: "hot_hosts",
        key: "host",
        row: { host: "{{ key.host }}", cpu: "{{ event.cpu }}" },
      },
      { type: "store", topic: "incidents", event: { host: "{{ key.host }}", level: "{{ severity }}" } },
    ],
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 97, host: "a" });
  const events = async () => (await api.send("GET", "/events?topic=incidents")).body.items as JsonObject[];
  await until(async () => (await events()).length === 1);
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "b" });
  await until(async () => (await events()).length === 2);
  const { body } = await api.send("GET", "/lookups/hot_hosts");
  assert.deepEqual(body.items, [{ host: "a", cpu: 97 }, { host: "b", cpu: 99 }]);
  const [{ event }] = await events() as [{ event: JsonObject }];
  assert.deepEqual([event.host, event.level, event.tocsin_hops], ["a", "critical", 1]);
  assert.match(String(event.source), /^rule\//);
});

Deno.test("store: rules that feed each other come to an end", async () => {
  await using api = await openApi();
  await save(api, { type: "store", topic: "metrics", event: { cpu: 99, host: "{{ key.host }}" } });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  const dead = async () => (await api.send("GET", "/deliveries?state=dead")).body.items as JsonObject[];
  await until(async () => (await dead()).length === 1);
  assert.equal((await dead())[0]!.reason, "chain_too_deep");
  assert.equal((await api.send("GET", "/events?topic=metrics")).body.items.length, 9);
});

const A: JsonObject = { endpoint: "http://h/", as: "a" };
const SEES_A: JsonObject = { endpoint: "http://h/", method: "POST", body: { was: "{{ results.a.status }}" } };

const REFUSED: readonly [string, JsonObject, string, RegExp][] = [
  ["no branch", { if: { field: "a", op: "exists" } }, "/action_spec/then", /required/],
  [
    "a condition with a slip",
    { if: { field: "a", op: "=>" }, then: {} },
    "/action_spec/if/op",
    /expected one of/,
  ],
  ["nothing to store into", { type: "store" }, "/action_spec/table", /either a table or a topic/],
  ["two places to store", { type: "store", table: "t", topic: "t" }, "/action_spec/table", /either/],
  ["a topic of the product", { type: "store", topic: "_x" }, "/action_spec/topic", /the product's own/],
  ["a row for a topic", { type: "store", topic: "t", row: {} }, "/action_spec/row", /belongs to a table/],
  [
    "a payload that is a text",
    { type: "trigger_rule", rule_id: "r", payload: "x" },
    "/action_spec/payload",
    /event/,
  ],
  ["a bad name", { endpoint: "http://h/", as: "1 a" }, "/action_spec/as", /letters/],
  [
    "a channel that is not there, deep inside",
    { actions: [{ if: { field: "a", op: "exists" }, then: [{ type: "notify", channels: ["x"] }] }] },
    "/action_spec/actions/0/then/0/channels/0",
    /Cannot find channel/,
  ],
  [
    "results in parallel",
    {
      mode: "parallel",
      actions: [{ if: { field: "results.a.status", op: "exists" }, then: { endpoint: "http://h/" } }],
    },
    "/action_spec/mode",
    /parallel/,
  ],
  [
    "results in parallel, in a body",
    { mode: "parallel", actions: [A, SEES_A] },
    "/action_spec/mode",
    /parallel/,
  ],
  ["results of a later action", { actions: [SEES_A, A] }, "/action_spec/actions/0/body/was", /comes before/],
  [
    "results of a later action, behind another",
    { actions: [{ endpoint: "http://h/" }, SEES_A, A] },
    "/action_spec/actions/1/body/was",
    /does not come before/,
  ],
  [
    "results of its own",
    { actions: [{ endpoint: "http://h/" }, { ...A, params: { a: ["{{ results.a.status }}"] } }] },
    "/action_spec/actions/1/params/a/0",
    /does not come before/,
  ],
  [
    "results of an unknown name",
    { actions: [{ ...A, as: "ticket" }, { ...SEES_A, body: { was: "{{ results.tiket.status }}" } }] },
    "/action_spec/actions/1/body/was",
    /did you mean "results.ticket"/,
  ],
  [
    "results of a place that is not before",
    { actions: [A, { ...SEES_A, body: { was: "{{ results.1.status }}" } }] },
    "/action_spec/actions/1/body/was",
    /did you mean "results.a"/,
  ],
  ["two actions of one name", { actions: [A, A, SEES_A] }, "/action_spec/actions/1/as", /second action/],
  [
    "an if on results without a list",
    { if: { field: "results.a.status", op: "exists" }, then: A },
    "/action_spec/if",
    /no action comes before/,
  ],
  [
    "too much nesting",
    [1, 2, 3, 4, 5].reduce<JsonObject>((inner) => ({ if: { field: "a", op: "exists" }, then: inner }), {
      endpoint: "http://h/",
    }),
    "/action_spec/then/then/then/then",
    /deeper than 4/,
  ],
];

for (const [what, action_spec, pointer, message] of REFUSED) {
  Deno.test(`an action with ${what} is refused`, async () => {
    await using api = await openApi();
    const { status, body } = await api.send("POST", "/rules", cpuRule({ action_spec }));
    assert.equal(status, 400, JSON.stringify(body));
    assert.equal(body.errors[0].pointer, pointer, JSON.stringify(body.errors));
    assert.match(body.errors[0].message, message);
  });
}

for (const mode of ["sequential", "parallel"]) {
  Deno.test(`one action that fails keeps none of the others of its rule from being done (${mode})`, async () => {
    await using api = await openApi();
    await using good = receiver();
    await using broken = receiver(() => new Response("no", { status: 500 }));
    const retry = { max_retries: 1, initial_delay: "1ms" };
    await save(api, {
      mode,
      actions: [
        post(broken.url, {}, { retry, as: "first" }),
        post(good.url, { host: "{{ key.host }}" }),
        { type: "store", table: "seen", row: { host: "{{ key.host }}" }, key: "host" },
      ],
    }, { cooldown: "0s" });
    const hosts = Array.from({ length: 40 }, (_, i) => ({ cpu: 99, host: `h${i}` }));
    await api.send("POST", "/events?topic=metrics", hosts as unknown as JsonObject);
    await until(() => good.received.length === 40);
    await until(async () => (await api.send("GET", "/lookups/seen")).body.rows === 40);
    const ended = async () => (await api.send("GET", "/deliveries?state=dead&limit=100")).body.items;
    await until(async () => (await ended()).length === 40);
    // Its circuit opened: most were given up without asking the receiver again.
    assert.ok(broken.received.length < 40, `${broken.received.length} requests`);
    const [newest] = await ended() as { attempts: JsonObject[] }[];
    assert.match(String(newest!.attempts.at(-1)!.error), /too many attempts failed in a row/);
  });
}

Deno.test("an action that was refused for what one alert asked does not shut out the next", async () => {
  await using api = await openApi();
  await using hook = receiver(({ body }) => new Response(null, { status: body.includes("bad") ? 404 : 204 }));
  await save(api, post(hook.url, { host: "{{ key.host }}" }), { cooldown: "0s" });
  const hosts = Array.from({ length: 20 }, (_, i) => ({ cpu: 99, host: i < 19 ? `bad${i}` : "good" }));
  await api.send("POST", "/events?topic=metrics", hosts as unknown as JsonObject);
  await until(() => hook.received.length === 20);
  assert.ok(hook.received.some(({ body }) => body.includes("good")));
});

Deno.test("results of actions before are accepted by name and place, also those of another branch", async () => {
  await using api = await openApi();
  const seen = { all: "{{ results }}", first: "{{ results.0.status }}", a: "{{ results.a.result.x }}" };
  const action_spec = {
    actions: [
      { if: { field: "cpu", op: ">", value: 1 }, then: [A, SEES_A], else: { ...A, as: "b" } },
      { if: { field: "results.b.status", op: "==", value: "skipped" }, then: { ...SEES_A, body: seen } },
    ],
  };
  const made = await api.send("POST", "/rules", cpuRule({ action_spec }));
  assert.equal(made.status, 201, made.text);
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: "http://h/" } });
  const notify = { type: "notify", channels: ["ops"], title: "{{ results.b.status }}" };
  const slip = await api.send("POST", "/rules", cpuRule({ action_spec: { actions: [A, notify] } }));
  assert.deepEqual(
    [slip.status, slip.body.errors[0].pointer],
    [400, "/action_spec/actions/1/title"],
    slip.text,
  );
});
