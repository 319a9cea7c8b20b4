/**
 * Secrets at rest by the real server: sealed by TOCSIN_SECRET_KEY, opened for deliveries, sealed anew when
 * the key changes, and a server that goes on where a key is missing.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { allItems } from "./all_items.ts";
import { type LaunchOptions, type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const SECRET = "Bearer hush-hush-hush";
const CHANNEL = "/api/v1/channels/hook";
const RESEALED = "secrets were encrypted with the first key";
const IN_CLEAR = "secrets of channels are stored in clear: set TOCSIN_SECRET_KEY or TOCSIN_SECRET_KEY_FILE";

/** Keys are named by the byte that they are made of. */
function keys(...bytes: number[]): string {
  return bytes.map((byte) => new Uint8Array(32).fill(byte).toBase64()).join(", ");
}

/** Names of files of the data directory in which the secret stands. */
function filesWithSecret(path: string): string[] {
  const text = (name: string) => new TextDecoder("latin1").decode(Deno.readFileSync(`${path}/${name}`));
  return [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) =>
    text(name).includes("hush-hush")
  );
}

async function told(server: ServerProcess, message: string): Promise<JsonObject> {
  await server.until(message, () => server.lines.some((line) => line.message.startsWith(message)));
  return server.lines.find((line) => line.message.startsWith(message)) as unknown as JsonObject;
}

/** Runs `body` against a server with these settings, and stops it in the usual way. */
async function during(
  data: string,
  env: NonNullable<LaunchOptions["env"]>,
  body: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  await using server = await startServer({ data, env });
  await body(server);
  await server.stop();
  assert.ok(!JSON.stringify(server.lines).includes("hush-hush"), "the log tells no secret");
}

/** A receiver that notes what authorization came, and answers it back. */
function hookReceiver() {
  const seen: (string | null)[] = [];
  const peer = receiver(({ headers }) => {
    const sent = headers.get("authorization");
    seen.push(sent);
    return new Response(`you sent ${sent}`);
  });
  return { peer, seen };
}

async function createHook(server: ServerProcess, port: number): Promise<void> {
  await server.call("POST", "/api/v1/channels", {
    ...{ channel_id: "hook", name: "hook", type: "webhook" },
    config: { url: `http://127.0.0.1:${port}/x`, headers: { authorization: SECRET } },
  });
  await server.call("POST", "/api/v1/rules", {
    ...{ rule_id: "r", rule_name: "r", trigger_type: "event" },
    trigger_spec: { topics: ["t"], conditions: [] },
    action_spec: { type: "notify", channels: ["hook"], message: "it is" },
  });
}

Deno.test("secrets: keys change while channels go on, and no file keeps what was sealed", async () => {
  using data = temporaryDirectory();
  const { peer, seen } = hookReceiver();
  await using _ = peer;
  const sends = async (server: ServerProcess) => {
    const { ok, response_body } = await server.call<JsonObject>("POST", `${CHANNEL}/test`);
    assert.deepEqual([ok, response_body, seen.pop()], [true, "you sent ********", SECRET]);
  };
  await during(data.path, {}, async (server) => {
    await createHook(server, peer.port);
    assert.notDeepEqual(filesWithSecret(data.path), []);
    await server.kill();
  });
  const file = `${data.path}.key`;
  Deno.writeTextFileSync(file, keys(1) + "\n");
  await during(data.path, { TOCSIN_SECRET_KEY_FILE: file }, async (server) => {
    assert.equal((await told(server, RESEALED)).channels, 1);
    assert.deepEqual(filesWithSecret(data.path), []);
    await sends(server);
  });
  Deno.removeSync(file);
  await during(data.path, { TOCSIN_SECRET_KEY: keys(2, 1) }, async (server) => {
    assert.equal((await told(server, RESEALED)).channels, 1);
    await sends(server);
  });
  await during(data.path, { TOCSIN_SECRET_KEY: keys(2) }, async (server) => {
    await sends(server);
    assert.ok(!server.lines.some(({ message }) => message === RESEALED));
  });
  assert.deepEqual(filesWithSecret(data.path), []);
});

Deno.test("secrets: without their key the server starts, deliveries tell why, and a save mends it", async () => {
  using data = temporaryDirectory();
  const { peer, seen } = hookReceiver();
  await using _ = peer;
  await during(data.path, { TOCSIN_SECRET_KEY: keys(1) }, (server) => createHook(server, peer.port));
  for (const env of [{}, { TOCSIN_SECRET_KEY: keys(2) }]) {
    await during(data.path, env, async (server) => {
      const line = await told(server, "channel cannot be used: secret cannot be opened: key ");
      assert.equal(line.channel_id, "hook");
      const why = /^Cannot deliver: secret cannot be opened: key \w{8} is missing$/;
      const tested = await server.call<JsonObject>("POST", `${CHANNEL}/test`);
      assert.equal(tested.ok, false);
      assert.match(String(tested.error), why);
      const shown = await server.call<JsonObject>("GET", CHANNEL);
      assert.match(String(shown.unusable), /key \w{8} is missing$/);
      assert.deepEqual((shown.config as JsonObject).headers, { authorization: "********" });
      const masked = await server.ask("PATCH", CHANNEL, { name: "hook" });
      assert.equal(JSON.parse(masked.text).code, "secret_missing");
    });
  }
  await during(data.path, { TOCSIN_SECRET_KEY: keys(2) }, async (server) => {
    await server.call("POST", "/api/v1/events?topic=t", { n: 1 });
    const dead = () => allItems<JsonObject>(server, "/api/v1/deliveries?state=dead");
    await server.until("dead", async () => (await dead()).length === 1);
    assert.equal((await dead())[0]!.reason, "secret_locked");
    assert.deepEqual(seen, []);
    const config = { url: `http://127.0.0.1:${peer.port}/x`, headers: { authorization: SECRET } };
    const saved = await server.call<JsonObject>("PATCH", CHANNEL, { config });
    assert.equal(saved.unusable, undefined);
    assert.equal((await server.call<JsonObject>("POST", `${CHANNEL}/test`)).ok, true);
  });
});

Deno.test("secrets: a server that others reach warns of secrets in clear", async () => {
  using data = temporaryDirectory();
  const { peer } = hookReceiver();
  await using _ = peer;
  await during(data.path, {}, async (server) => {
    await createHook(server, peer.port);
    assert.ok(!server.lines.some(({ message }) => message === IN_CLEAR));
  });
  const open = { TOCSIN_HOST: "0.0.0.0", TOCSIN_ADMIN_TOKEN: "token" };
  await during(data.path, open, async (server) => void await told(server, IN_CLEAR));
});
