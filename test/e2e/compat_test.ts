/**
 * The use cases that the documents of the reference system tell of, by the real server, through the paths that
 * they use; and an export of it moved here by the command.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

interface CepEvent extends JsonObject {
  event_id: string;
  rule_id: string;
  summary: string;
  severity: string;
  status: string;
  ack: boolean;
}

async function cep<T>(server: ServerProcess, method: string, path: string, body?: JsonObject): Promise<T> {
  return (await server.call<{ data: T }>(method, `/cep${path}`, body)).data;
}

async function events(server: ServerProcess, query = ""): Promise<CepEvent[]> {
  return (await cep<{ events: CepEvent[] }>(server, "GET", `/events${query}`)).events;
}

Deno.test("monitor, notify, repair: a metric crosses its threshold, people are told, a repair ends it", async () => {
  using data = temporaryDirectory();
  let cpu = 40;
  await using metrics = receiver(() => Response.json({ data: { cpu, host: "web-1" } }));
  const hooked: JsonObject[] = [];
  const slacked: string[] = [];
  await using hook = receiver(({ body }) => (hooked.push(JSON.parse(body)), new Response("ok")));
  await using slack = receiver(({ body }) => (slacked.push(body), new Response("ok")));
  const repairs: JsonObject[] = [];
  await using repair = receiver(({ body }) => {
    repairs.push(JSON.parse(body));
    cpu = 40;
    return Response.json({ restarted: true });
  });
  await using server = await startServer({ data: data.path });
  const url = `http://127.0.0.1:${hook.port}/hook`;
  const tested = await cep<{ success: boolean }>(server, "POST", "/channels/test?channel_type=webhook", {
    url,
  });
  assert.equal(tested.success, true);
  await server.call("POST", "/api/v1/channels", {
    name: "ops",
    type: "webhook",
    config: { url, format: "flat" },
  });
  const webhook_url = "https://hooks.slack.com/services/T0/B0/x";
  const config = { webhook_url, base_url: `http://127.0.0.1:${slack.port}` };
  await server.call("POST", "/api/v1/channels", { name: "Slack", type: "slack", config });
  const { rule } = await cep<{ rule: { rule_id: string } }>(server, "POST", "/rules", {
    rule_name: "CPU of web-1",
    trigger_type: "metric",
    severity: "critical",
    trigger_spec: {
      endpoint: `http://127.0.0.1:${metrics.port}/metrics`,
      ...{ value_path: "data.cpu", op: ">", threshold: 80, interval: "1s" },
    },
    action_spec: {
      type: "multi_action",
      actions: [
        { type: "notify", channels: ["ops", "Slack"], message: "cpu is {{ data.cpu }}" },
        {
          ...{ type: "webhook", endpoint: `http://127.0.0.1:${repair.port}/restart`, method: "POST" },
          body: { host: "{{ data.host }}", cpu: "{{ data.cpu }}" },
        },
      ],
    },
    for: "0s",
  });
  const { simulation } = await cep<{ simulation: JsonObject }>(
    server,
    "POST",
    `/rules/${rule.rule_id}/simulate`,
    {},
  );
  assert.deepEqual([simulation.condition_evaluated, simulation.would_execute], [true, false]);
  cpu = 93;
  await server.until("told", () => hooked.length >= 2 && slacked.length >= 1);
  const told = hooked.find(({ title }) => title === "CPU of web-1");
  assert.deepEqual([told!.body, told!.severity], ["cpu is 93", "critical"]);
  assert.ok(slacked.some((text) => text.includes("cpu is 93")));
  // The repair was asked for once, with the values of the alert, and what it mended ends the alert.
  await server.until("repaired", async () => (await events(server))[0]?.status === "resolved");
  assert.deepEqual(repairs, [{ host: "web-1", cpu: 93 }]);
  const [event] = await events(server, "?acked=false");
  assert.deepEqual([event!.rule_id, event!.summary, event!.severity], [
    rule.rule_id,
    "cpu is 93",
    "critical",
  ]);
  await cep(server, "POST", `/events/${event!.event_id}/ack?ack_by=kim`);
  // What was acknowledged stays so when the server dies.
  await server.kill();
  await using again = await startServer({ data: data.path });
  const { event: detail } = await cep<{ event: JsonObject }>(again, "GET", `/events/${event!.event_id}`);
  assert.deepEqual([detail.ack, detail.ack_by], [true, "kim"]);
});

Deno.test("cascading alerts: an alert leads to the next rule, and that one to the last, across a kill", async () => {
  using data = temporaryDirectory();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const told: JsonObject[] = [];
  await using hook = receiver(({ body }) => (told.push(JSON.parse(body)), new Response("ok")));
  const asked: (string | null)[] = [];
  await using tickets = receiver(async ({ headers }) => {
    asked.push(headers.get("idempotency-key"));
    if (asked.length === 1) await released;
    return Response.json({ ticket: "T-1" });
  });
  const runs = (rule_id: string, payload: JsonObject) => ({ type: "trigger_rule", rule_id, payload });
  const rules = [
    {
      ...{ rule_id: "page", rule_name: "Page somebody", severity: "critical" },
      trigger_spec: { topics: ["pages"], field: "ticket", op: "exists" },
      action_spec: { type: "notify", channels: ["on-call"], message: "{{ host }} is down, see {{ ticket }}" },
    },
    {
      ...{ rule_id: "escalate", rule_name: "Escalate", severity: "error" },
      trigger_spec: { topics: ["escalations"], conditions: [{ field: "failures", op: ">=", value: 3 }] },
      action_spec: {
        actions: [
          { endpoint: `http://127.0.0.1:${tickets.port}/tickets`, method: "POST", as: "ticket" },
          runs("page", { host: "{{ event.host }}", ticket: "{{ results.ticket.result.ticket }}" }),
        ],
      },
    },
    {
      ...{ rule_id: "watch", rule_name: "Login fails", severity: "warning" },
      trigger_spec: { topics: ["logins"], field: "kind", op: "==", value: "failure" },
      action_spec: runs("escalate", { host: "{{ host }}", failures: "{{ failures }}" }),
    },
  ];
  {
    await using server = await startServer({ data: data.path });
    const config = { url: `http://127.0.0.1:${hook.port}/hook`, format: "flat" };
    await server.call("POST", "/api/v1/channels", { name: "on-call", type: "webhook", config });
    for (const rule of rules) await cep(server, "POST", "/rules", { ...rule, trigger_type: "event" });
    await server.call("POST", "/api/v1/events?topic=logins", { kind: "failure", host: "web-1", failures: 1 });
    await server.call("POST", "/api/v1/events?topic=logins", { kind: "failure", host: "web-2", failures: 4 });
    await server.until("a ticket is asked for", () => asked.length === 1);
    await server.kill();
  }
  release();
  await using server = await startServer({ data: data.path });
  await server.until("somebody is paged", () => told.length > 0);
  assert.deepEqual([told[0]!.body, told[0]!.severity], ["web-2 is down, see T-1", "critical"]);
  // The same ticket was asked for again, under the same key, and nobody was paged twice.
  assert.deepEqual([asked.length, asked[1]], [2, asked[0]]);
  const found = (await events(server)).map(({ rule_id }) => rule_id);
  assert.deepEqual(found.toSorted(), ["escalate", "page", "watch", "watch"]);
  const { items } = await server.call<{ items: { metadata: JsonObject }[] }>(
    "GET",
    "/api/v1/alerts?rule_id=page",
  );
  assert.deepEqual((items[0]!.metadata.run as JsonObject).chain, ["watch", "escalate", "page"]);
  const logs = (await cep<{ logs: { status: string; references: { condition_met?: boolean } }[] }>(
    server,
    "GET",
    "/rules/escalate/exec-logs",
  )).logs;
  assert.deepEqual(logs.filter(({ status }) => status === "dry_run").length, 1);
});

Deno.test("composite logic: AND, OR and NOT within one another decide each event", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const hot = {
    logic: "OR",
    conditions: [
      { field: "cpu", op: ">", value: 90 },
      {
        logic: "AND",
        conditions: [{ field: "mem", op: ">=", value: 80 }, { field: "swap", op: ">", value: 10 }],
      },
    ],
  };
  const spared = {
    logic: "NOT",
    conditions: [
      { field: "env", op: "in", value: "dev, test" },
      { field: "maintenance", op: "==", value: true },
    ],
  };
  const trigger_spec = {
    logic: "AND",
    conditions: [hot, spared, { field: "host", op: "starts_with", value: "web" }],
  };
  await cep(server, "POST", "/rules", {
    ...{ rule_id: "hot", rule_name: "Hot web server", trigger_type: "event", trigger_spec },
    action_spec: {},
  });
  const cases: [event: JsonObject, fires: boolean][] = [
    [{ n: 1, host: "web-1", cpu: 95, env: "prod" }, true],
    [{ n: 2, host: "web-1", cpu: 80, mem: 90, swap: 11 }, true],
    [{ n: 3, host: "web-1", cpu: 80, mem: 90, swap: 10 }, false],
    [{ n: 4, host: "web-1", cpu: 95, env: "dev" }, false],
    [{ n: 5, host: "web-1", cpu: 95, maintenance: true }, false],
    [{ n: 6, host: "db-1", cpu: 95, env: "prod" }, false],
    [{ n: 7, cpu: 95 }, false],
    [{ n: 8, host: "web-2", metrics: { cpu: "95.5" }, env: "Dev" }, true],
  ];
  for (const [event] of cases) await server.call("POST", "/api/v1/events?topic=hosts", event);
  // The last one fires: then all before it are decided.
  await server.until("decided", async () => (await events(server)).length >= 3);
  const fired: number[] = [];
  for (const { event_id } of await events(server)) {
    const { event } = await cep<{ event: { payload: { events: { event: { n: number } }[] } } }>(
      server,
      "GET",
      `/events/${event_id}`,
    );
    fired.push(event.payload.events[0]!.event.n);
  }
  assert.deepEqual(fired.toSorted(), cases.filter(([, fires]) => fires).map(([event]) => event.n));
  // Trying one out says the same as the engine did.
  for (const [test_payload, fires] of cases) {
    const { simulation } = await cep<{ simulation: JsonObject }>(server, "POST", "/rules/hot/simulate", {
      test_payload,
    });
    assert.equal(simulation.would_execute, fires, JSON.stringify(test_payload));
  }
});

Deno.test("import: the command moves an export to a running server, tells what it refused, and again does nothing", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const export_ = {
    rules: [
      {
        ...{ rule_id: "7d0c0f6e-0000-4000-8000-000000000001", rule_name: "Hot", trigger_type: "event" },
        trigger_spec: { field: "cpu", op: ">", value: 80, colour: "red" },
        action_spec: { type: "notify", channels: ["Webhook"], message: "hot" },
      },
      {
        rule_id: "bad",
        rule_name: "Bad",
        trigger_type: "event",
        trigger_spec: { field: "cpu", op: "~=", value: 1 },
      },
    ],
    channels: [{
      id: "webhook-1",
      type: "webhook",
      name: "Webhook",
      config: { url: "https://example.test/hook" },
    }],
  };
  const file = `${data.path}/export.json`;
  Deno.writeTextFileSync(file, JSON.stringify(export_));
  const url = await server.origin;
  const planned = await run(["--dry-run", "--url", url, file]);
  assert.deepEqual([planned.code, planned.last], [1, "2 planned, 1 refused"]);
  assert.equal((await cep<{ rules: JsonObject[] }>(server, "GET", "/rules")).rules.length, 0);
  const first = await run(["--url", url, file]);
  assert.deepEqual([first.code, first.last], [1, "2 created, 1 refused"]);
  assert.match(first.text, /dropped \/trigger_spec\/colour: it had no effect/);
  assert.match(first.text, /error \/trigger_spec\/op: Unsupported operator/);
  const again = await run(["--json", "--url", url, file]);
  assert.deepEqual(JSON.parse(again.text).counts, {
    created: 0,
    updated: 0,
    unchanged: 2,
    planned: 0,
    refused: 1,
  });
  Deno.writeTextFileSync(file, JSON.stringify({ rules: export_.rules.slice(0, 1) }));
  assert.equal((await run(["--url", url, file])).code, 0);
  assert.equal((await run([])).code, 2);
  assert.equal((await run(["--url", url, `${data.path}/none.json`])).code, 2);
  assert.equal((await run(["--url", "http://127.0.0.1:1", file])).code, 3);
});

async function run(args: string[]): Promise<{ code: number; text: string; last: string | undefined }> {
  const permissions = ["--no-prompt", "--allow-read", "--allow-net", "--allow-env=TOCSIN_URL,TOCSIN_TOKEN"];
  const command = new Deno.Command(Deno.execPath(), { args: ["run", ...permissions, "import.ts", ...args] });
  const { code, stdout } = await command.output();
  const text = new TextDecoder().decode(stdout);
  return { code, text, last: text.trim().split("\n").at(-1) };
}
