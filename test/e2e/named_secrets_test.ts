/**
 * Named secrets by the real server and the command line: sealed at rest, through a kill, a change of keys and a key
 * that is missing, and never in an answer, a file or the log.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { tocsin } from "../cli/cli_process.ts";
import { receiver } from "../notify/receivers.ts";
import { filesWith } from "../store/sealed_store.ts";
import { allItems } from "./all_items.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const VALUE = "hush-hush-hush";
const SECRET = "/api/v1/secrets/HOOK_KEY";

/** Keys are named by the byte that they are made of. */
function keys(...bytes: number[]) {
  return { TOCSIN_SECRET_KEY: bytes.map((byte) => new Uint8Array(32).fill(byte).toBase64()).join(", ") };
}

/** Answers 503 until it is told to work; keeps what key came. */
function hook() {
  const state = { works: false, keys: [] as (string | null)[] };
  const peer = receiver(({ headers }) => {
    if (!state.works) return new Response(`later, ${headers.get("x-key")}`, { status: 503 });
    state.keys.push(headers.get("x-key"));
    return new Response(`took ${headers.get("x-key")}`);
  });
  return { peer, state };
}

async function createRule(server: ServerProcess, url: string): Promise<void> {
  await server.call("POST", "/api/v1/rules", {
    ...{ rule_id: "r", rule_name: "r", trigger_type: "event" },
    trigger_spec: { topics: ["t"], conditions: [] },
    action_spec: { endpoint: url, method: "POST", headers: { "x-key": "{{ secrets.HOOK_KEY }}" } },
  });
}

function deliveries(server: ServerProcess, state: string): Promise<JsonObject[]> {
  return allItems<JsonObject>(server, `/api/v1/deliveries?state=${state}`);
}

/** Sends an event, and waits for as many deliveries in that state. */
async function sends(server: ServerProcess, state: string, count: number): Promise<JsonObject[]> {
  await server.call("POST", "/api/v1/events?topic=t", { n: 1 });
  await server.until(state, async () => (await deliveries(server, state)).length === count);
  return await deliveries(server, state);
}

Deno.test("named secrets: sealed at rest, through a kill with a delivery that waits, and a change of keys", async () => {
  using data = temporaryDirectory();
  const { peer, state } = hook();
  await using _ = peer;
  const logs: string[] = [];
  {
    await using server = await startServer({ data: data.path, env: keys(1) });
    await server.call("PUT", SECRET, { value: VALUE, hosts: ["127.0.0.1"] });
    await createRule(server, peer.url);
    const [waiting] = await sends(server, "retry_wait", 1);
    assert.equal((waiting!.attempts as JsonObject[])[0]!.status, 503);
    await server.kill();
    logs.push(JSON.stringify(server.lines));
  }
  assert.deepEqual(filesWith(data.path, VALUE), []);
  assert.deepEqual(filesWith(data.path, "tocsin-secret-"), []);
  state.works = true;
  {
    await using server = await startServer({ data: data.path, env: keys(2, 1) });
    await server.until("delivered", async () => (await deliveries(server, "delivered")).length === 1);
    assert.deepEqual(state.keys, [VALUE]);
    const resealed = "secrets were encrypted with the first key";
    await server.until(resealed, () => server.lines.some(({ message }) => message === resealed));
    await server.stop();
    logs.push(JSON.stringify(server.lines));
  }
  {
    await using server = await startServer({ data: data.path, env: keys(2) });
    const all = await sends(server, "delivered", 2);
    assert.ok(!JSON.stringify(all).includes(VALUE));
    await server.stop();
    logs.push(JSON.stringify(server.lines));
  }
  assert.deepEqual(state.keys, [VALUE, VALUE]);
  assert.deepEqual(filesWith(data.path, VALUE), []);
  assert.ok(!logs.join().includes(VALUE));
});

Deno.test("named secrets: without their key calls fail and say why, and a new value mends it", async () => {
  using data = temporaryDirectory();
  const { peer, state } = hook();
  await using _ = peer;
  state.works = true;
  {
    await using server = await startServer({ data: data.path, env: keys(1) });
    await server.call("PUT", SECRET, { value: VALUE, hosts: ["127.0.0.1"] });
    await createRule(server, peer.url);
    await server.stop();
  }
  await using server = await startServer({ data: data.path, env: keys(2) });
  const told = "secret cannot be used: secret cannot be opened: key ";
  await server.until(told, () => server.lines.some(({ message }) => message.startsWith(told)));
  const [dead] = await sends(server, "dead", 1);
  assert.equal(dead!.reason, "secret_locked");
  assert.deepEqual(state.keys, []);
  const shown = await server.call<JsonObject>("GET", SECRET);
  assert.match(String(shown.unusable), /key \w{8} is missing$/);
  assert.equal(shown.value, "********");
  const kept = await server.ask("PUT", SECRET, { value: "********", hosts: ["127.0.0.1"] });
  assert.deepEqual([kept.status, JSON.parse(kept.text).code], [400, "secret_missing"]);
  await server.call("PUT", SECRET, { value: "another-value" });
  await sends(server, "delivered", 1);
  await server.call("POST", `/api/v1/deliveries/${dead!.delivery_id}/redrive`, {});
  await server.until("redriven", async () => (await deliveries(server, "delivered")).length === 2);
  assert.deepEqual(state.keys, ["another-value", "another-value"]);
});

Deno.test("named secrets: the command line stores one from standard input, lists and deletes it", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const url = await server.origin;
  const set = (stdin: string, ...args: string[]) => tocsin(["secrets", "set", ...args], { url, stdin });
  const first = await set(
    `${VALUE}\n`,
    "--host",
    "API.example.com",
    "--description",
    "of the hook",
    "HOOK_KEY",
  );
  assert.deepEqual([first.code, first.stdout], [0, "HOOK_KEY stored as version 1\n"], first.stderr);
  const again = await set("another", "HOOK_KEY");
  assert.deepEqual([again.code, again.stdout], [0, "HOOK_KEY stored as version 2\n"], again.stderr);
  const shown = await server.call<JsonObject>("GET", SECRET);
  assert.deepEqual([shown.hosts, shown.description], [["api.example.com"], "of the hook"]);
  assert.equal((await set("another", "--any-host", "HOOK_KEY")).code, 0);
  assert.deepEqual((await server.call<JsonObject>("GET", SECRET)).hosts, []);
  const listed = await tocsin(["secrets", "list"], { url });
  assert.match(listed.stdout, /^name +hosts +version +updated_at +description\nHOOK_KEY +\[\] +3 /);
  assert.equal((await set("", "HOOK_KEY")).code, 2);
  assert.equal((await set("value", "HOOK_KEY", "value")).code, 2);
  const refused = await set("value", "1a");
  assert.deepEqual([refused.code, /a letter/.test(refused.stderr)], [1, true]);
  const deleted = await tocsin(["secrets", "delete", "HOOK_KEY"], { url });
  assert.deepEqual([deleted.code, deleted.stdout], [0, "HOOK_KEY deleted\n"], deleted.stderr);
  assert.equal((await tocsin(["secrets", "delete", "HOOK_KEY"], { url })).code, 1);
});
