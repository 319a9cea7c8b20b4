/** The examples of docs/extending.md: made part of a copy of the product, type-checked there and used. */
import assert from "node:assert/strict";
import { auditedStore } from "../../examples/extending/audited_store.ts";
import { ACTION, CHANNEL, type Edit, type Extension, OPERATOR } from "../../examples/extending/edits.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { startServer } from "../e2e/server_process.ts";
import { temporaryDirectory } from "../e2e/temporary_directory.ts";
import { receiver } from "../notify/receivers.ts";
import { document, ruleDraft } from "../store/fixtures.ts";
import { storeSuite } from "../store/store_suite.ts";

const COPIED = ["src", "actors", "routes", "main.ts", "deno.json", "deno.lock"];

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

function edit(root: string, { file, after, insert }: Edit): void {
  const path = `${root}/${file}`;
  const parts = Deno.readTextFileSync(path).split(after);
  assert.equal(parts.length, 2, `${file}: "${after.trim()}" stands there once`);
  Deno.writeTextFileSync(path, parts[0] + after + insert + parts[1]);
}

function extend(root: string, { from, to, edits }: Extension): void {
  const text = Deno.readTextFileSync(`examples/extending/${from}`);
  Deno.writeTextFileSync(`${root}/${to}`, text.replaceAll('"../../src/', '"../'));
  for (const one of edits) edit(root, one);
}

Deno.test("extending: a channel, an action and an operator are a file and a few lines each, and work at once", async () => {
  using data = temporaryDirectory();
  const root = `${data.path}/tocsin`;
  Deno.mkdirSync(root);
  for (const name of COPIED) copy(name, `${root}/${name}`);
  for (const extension of [CHANNEL, ACTION, OPERATOR]) extend(root, extension);
  const checked = await new Deno.Command(Deno.execPath(), { args: ["check", "main.ts"], cwd: root }).output();
  assert.equal(checked.code, 0, new TextDecoder().decode(checked.stderr));

  await using hook = receiver();
  const wrap = (
    command: readonly string[],
  ) => ["/bin/sh", "-c", `cd '${root}' && exec "$0" "$@"`, ...command];
  await using server = await startServer({ data: `${data.path}/data`, wrap });
  const config = { topic_url: `${hook.url}/alerts`, token: "secret" };
  await server.call("POST", "/api/v1/channels", { name: "phone", type: "ntfy", config });
  await server.call("POST", "/api/v1/rules", {
    ...{ rule_id: "web", rule_name: "Web is down", trigger_type: "event", severity: "critical" },
    trigger_spec: { topics: ["hosts"], field: "host", op: "glob", value: "web-??.*", case_sensitive: false },
    action_spec: {
      actions: [
        { type: "set", values: { name: "{{ event.host|upper }}" }, as: "made" },
        { type: "notify", channels: ["phone"], message: "{{ results.made.result.name }} is down" },
      ],
    },
  });
  for (const host of ["db-01.eu", "web-1.eu", "WEB-02.eu"]) {
    await server.call("POST", "/api/v1/events?topic=hosts", { host });
  }
  await server.until("told", () => hook.received.length === 1);
  const { headers, body } = hook.received[0]!;
  assert.deepEqual([body, headers.get("priority"), headers.get("authorization")], [
    ...["WEB-02.EU is down", "5", "Bearer secret"],
  ]);
  const { items } = await server.call<{ items: JsonObject[] }>("GET", "/api/v1/channels");
  assert.equal((items[0]!.config as JsonObject).token, "********");
});

storeSuite("audited", () => Promise.resolve(auditedStore(createMemoryStore(), () => {})));

Deno.test("extending: a store around another sees what is saved", async () => {
  const lines: string[] = [];
  await using store = auditedStore(createMemoryStore(), (line) => lines.push(line));
  await store.rules.save(ruleDraft("r1"), document("rule"));
  assert.deepEqual(lines.map((line) => JSON.parse(line).rule_id), ["r1"]);
});
