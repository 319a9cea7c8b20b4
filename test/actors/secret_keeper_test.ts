/** The keeper of secrets: what it says at the start, and what it makes of a store that fails. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/logging.ts";
import type { Channel } from "../../src/model/channel.ts";
import type { Secret } from "../../src/model/secret.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { SecretKeeper, type SecretKeeperParts } from "../../actors/secret_keeper.ts";
import { createFaultStore, type Fault, SimulatedCrash } from "../store/fault_store.ts";
import { channel, secret } from "../store/fixtures.ts";
import { sealedBy, secretsSealedBy } from "../store/sealed_store.ts";

const HOOK = channel("hook", { config: { secret: "hush" } });

/** What a keeper logs and takes for fatal, from its start to its stop. */
async function kept(
  fault: Fault,
  channels: readonly Channel[],
  { secrets = [], ...parts }: Partial<Omit<SecretKeeperParts, "secrets">> & { secrets?: readonly Secret[] } =
    {},
) {
  const lines: string[] = [];
  const fatal: unknown[] = [];
  const inner = createMemoryStore();
  await inner.channels.create(HOOK);
  const { store } = createFaultStore(inner, fault);
  const logger = createLogger({ level: "info", clock: systemClock, write: (line) => lines.push(line) });
  const keeper = new SecretKeeper({
    secrets: secretsSealedBy(store.secrets, 1),
    ...{ channels: sealedBy(store.channels, 1), store, seals: true, exposed: false, logger },
    secretFields: () => ["secret"],
    onFatal: (error) => fatal.push(error),
    ...parts,
  });
  await keeper.start(channels, secrets);
  await keeper.stop();
  return { lines: lines.map((line) => JSON.parse(line).message), fatal };
}

const NONE: Fault = { kind: "full", at: null };

Deno.test("sealing anew is told with its count", async () => {
  assert.deepEqual(await kept(NONE, [HOOK]), {
    lines: ["secrets were encrypted with the first key"],
    fatal: [],
  });
});

Deno.test("a full disk is a warning, an outcome that is not known is fatal", async () => {
  // Calls: the list of rows, then their replacement.
  const full = await kept({ kind: "full", at: 2 }, [HOOK]);
  assert.deepEqual(full, { lines: ["cannot encrypt all secrets now, the next start goes on"], fatal: [] });
  const { lines, fatal } = await kept({ kind: "crash", at: 2 }, [HOOK]);
  assert.deepEqual(lines, []);
  assert.ok(fatal[0] instanceof SimulatedCrash);
});

Deno.test("secrets in clear are warned of where others reach the server, and only there", async () => {
  const said = async (channels: Channel[], exposed: boolean) =>
    (await kept(NONE, channels, { seals: false, exposed })).lines;
  assert.deepEqual(await said([HOOK], false), []);
  assert.deepEqual(await said([channel("bare")], true), []);
  assert.match((await said([HOOK], true)).join(), /^secrets of channels are stored in clear/);
});

Deno.test("channels that cannot be used are named, up to a bound", async () => {
  const lost = Array.from(
    { length: 25 },
    (_, i) => channel(`c${i}`, { unusable: "key 0123abcd is missing" }),
  );
  const { lines } = await kept(NONE, lost, { seals: false });
  assert.deepEqual(lines, Array(20).fill("channel cannot be used: key 0123abcd is missing"));
});

Deno.test("named secrets that cannot be used are named, and warned of in clear where others reach the server", async () => {
  const lost = [secret("API_KEY", { value: "", unusable: "key 0123abcd is missing" }), secret("OTHER")];
  assert.deepEqual((await kept(NONE, [], { seals: false, exposed: true, secrets: lost })).lines, [
    "secret cannot be used: key 0123abcd is missing",
    "named secrets are stored in clear: set TOCSIN_SECRET_KEY or TOCSIN_SECRET_KEY_FILE",
  ]);
});
