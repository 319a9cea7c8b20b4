/** The typed client: its types are those of the document, and it speaks to a server over a real socket. */
import assert from "node:assert/strict";
import { createClient, ProblemError } from "../../src/client/client.ts";
import { operationsText } from "../../tools/client.ts";
import { openApi } from "./api.ts";

Deno.test("client: its types are what deno task client makes of the document", async () => {
  await using api = await openApi();
  const { body } = await api.send("GET", "/openapi.json");
  const current = Deno.readTextFileSync(new URL("../../src/client/operations.ts", import.meta.url));
  const said = "src/client/operations.ts is not current: start the server and run deno task client";
  assert.equal(current, await formatted(operationsText(body)), said);
});

async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "ts", "-"],
    cwd: new URL("../..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

Deno.test("client: makes a rule, sends events, pages through alerts and follows them", async () => {
  await using api = await openApi({ token: "t0ken-of-the-test" });
  const url = `http://127.0.0.1:${api.serve()}`;
  const tocsin = createClient({ url, token: "t0ken-of-the-test" });
  const stream = tocsin.alerts({ after: "0" });
  const saved = await tocsin.request("POST /api/v1/rules", {
    body: {
      ...{ rule_id: "hot/one", rule_name: "Hot", trigger_type: "event" },
      trigger_spec: { topics: ["metrics"], field: "cpu", op: ">", value: 90 },
    },
  });
  assert.deepEqual([saved.rule_id, saved.version], ["hot/one", 1]);
  const read = await tocsin.request("GET /api/v1/rules/{id}", { params: { id: "hot/one" } });
  assert.equal(read.rule_name, "Hot");
  const taken = await tocsin.request("POST /api/v1/events", {
    query: { topic: "metrics" },
    body: [{ cpu: 91 }, { cpu: 92 }, { cpu: 93 }],
  });
  assert.equal(taken.accepted, 3);
  await api.settle();
  const ids: string[] = [];
  for await (const alert of tocsin.list("GET /api/v1/alerts", { query: { limit: 2 } })) {
    ids.push(alert.alert_id);
  }
  assert.equal(new Set(ids).size, 3);
  const followed: string[] = [];
  for await (const { id, alert } of stream) {
    assert.match(id, /^\d+$/);
    if (followed.push(alert.alert_id) === 3) break;
  }
  assert.deepEqual(followed, ids.toReversed());
  assert.equal(await tocsin.request("DELETE /api/v1/rules/{id}", { params: { id: "hot/one" } }), undefined);
});

Deno.test("client: a refusal is an error with its code and faults", async () => {
  await using api = await openApi();
  const tocsin = createClient({ url: `http://127.0.0.1:${api.serve()}` });
  const refusal = await tocsin.request("POST /api/v1/rules", {
    body: { rule_name: "", trigger_type: "event", trigger_spec: {} },
  }).then(() => null, (error: unknown) => error);
  assert(refusal instanceof ProblemError);
  assert.equal(refusal.status, 400);
  assert(refusal.errors.some(({ pointer }) => pointer === "/rule_name"), JSON.stringify(refusal.errors));
  const unknown = tocsin.request("GET /api/v1/rules/{id}", { params: { id: "none" } });
  await assert.rejects(unknown, { name: "ProblemError", code: "rule_not_found", status: 404 });
});
