/** Sealed channels: what lies in the rows and the files underneath, and what a change of keys makes of it. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Problem } from "../../src/base/problem.ts";
import type { Channel } from "../../src/model/channel.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { channel } from "./fixtures.ts";
import { sealedBy } from "./sealed_store.ts";
import { openAt, temporaryDirectory } from "./sqlite_opening.ts";

const never = new AbortController().signal;

function hook(id: string, secret = `hush-${id}`): Channel {
  const headers = { authorization: `bearer-${secret}`, "x-other": `other-${secret}` };
  return channel(id, { config: { url: `https://a.example/${secret}`, secret, headers, timeout: 5 } });
}

/** Which of `texts` stand in a file of the data directory. */
async function foundIn(path: string, texts: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(path)) {
    const bytes = new TextDecoder("latin1").decode(await Deno.readFile(`${path}/${name}`));
    for (const text of texts) if (bytes.includes(text)) found.add(`${text.slice(0, 20)} in ${name}`);
  }
  return [...found].sort();
}

async function keysIn({ channels }: Store): Promise<number> {
  const text = JSON.stringify(await channels.list());
  return new Set([...text.matchAll(/enc:v1:([0-9a-f]{8}):/g)].map(([, id]) => id)).size;
}

Deno.test("rows hold no secret, whoever reads through the keys does", async () => {
  const store = createMemoryStore();
  const sealed = sealedBy(store.channels, 1);
  await sealed.create(hook("c1"));
  const row = (await store.channels.get("c1"))!;
  assert.doesNotMatch(JSON.stringify(row), /hush/);
  assert.equal(row.config.timeout, 5);
  assert.deepEqual(await sealed.get("c1"), hook("c1"));
});

Deno.test("secrets that change places in the rows do not open", async () => {
  const store = createMemoryStore();
  const sealed = sealedBy(store.channels, 1);
  for (const id of ["c1", "c2"]) await sealed.create(hook(id));
  const [one, two] = await store.channels.list();
  await store.channels.rewrite([{ channel_id: "c1", version: 1, config: two!.config }]);
  const { secret, url } = two!.config;
  await store.channels.rewrite([{
    channel_id: "c2",
    version: 1,
    config: { ...two!.config, secret: url!, url: secret! },
  }]);
  for (const { unusable, config } of await sealed.list()) {
    assert.match(unusable!, /^secret cannot be opened: key \w{8} does not open it/);
    assert.deepEqual([config.secret, config.url], ["", ""]);
  }
  await store.channels.rewrite([{ channel_id: "c1", version: 1, config: one!.config }]);
  assert.deepEqual(await sealed.get("c1"), hook("c1"));
});

Deno.test("a channel that no key opens says so; others go on, and a save with secrets mends it", async () => {
  const store = createMemoryStore();
  await sealedBy(store.channels, 1).create(hook("c1"));
  const other = sealedBy(store.channels, 2);
  await other.create(hook("c2"));
  const [lost, kept] = await other.list();
  assert.match(lost!.unusable!, /^secret cannot be opened: key \w{8} is missing$/);
  assert.deepEqual(kept, hook("c2"));
  assert.equal(await other.reseal(never), 0);
  assert.deepEqual(await sealedBy(store.channels, 1).get("c1"), hook("c1"));
  await other.update({ ...lost!, ...hook("c1"), version: 2 });
  assert.deepEqual(await other.get("c1"), { ...hook("c1"), version: 2 });
});

Deno.test("sealing anew leaves one key in the rows, and counts", async () => {
  const store = createMemoryStore();
  const plain = sealedBy(store.channels);
  for (let i = 0; i < 120; i++) await plain.create(hook(`p${i}`));
  await sealedBy(store.channels, 1).create(hook("old"));
  const rotated = sealedBy(store.channels, 2, 1);
  await rotated.create(hook("new"));
  const before = await rotated.list();
  assert.equal(await keysIn(store), 2);
  assert.equal(await rotated.reseal(never), 121);
  assert.equal(await rotated.reseal(never), 0);
  assert.equal(await keysIn(store), 1);
  assert.deepEqual(await sealedBy(store.channels, 2).list(), before);
});

Deno.test("sealing anew ends between slices when it is aborted, and goes on at the next time", async () => {
  const store = createMemoryStore();
  const plain = sealedBy(store.channels);
  for (let i = 0; i < 120; i++) await plain.create(hook(`p${i}`));
  const stop = new AbortController();
  const { rewrite } = store.channels;
  const rows = {
    ...store.channels,
    rewrite: (configs: Parameters<typeof rewrite>[0]) => {
      stop.abort();
      return rewrite(configs);
    },
  };
  assert.equal(await sealedBy(rows, 1).reseal(stop.signal), 50);
  assert.equal(await sealedBy(store.channels, 1).reseal(never), 70);
});

Deno.test("a channel that is saved while it is sealed anew keeps what was saved", async () => {
  const store = createMemoryStore();
  await sealedBy(store.channels).create(hook("c1"));
  const sealed = sealedBy(store.channels, 1);
  const { rewrite } = store.channels;
  const saved = { ...hook("c1", "saved"), version: 2 };
  const rows = {
    ...store.channels,
    rewrite: async (configs: Parameters<typeof rewrite>[0]) => {
      await sealed.update(saved);
      return await rewrite(configs);
    },
  };
  assert.equal(await sealedBy(rows, 1).reseal(never), 0);
  assert.deepEqual(await sealed.get("c1"), saved);
});

Deno.test("without a key a secret that reads as sealed is refused", async () => {
  const { channels } = createMemoryStore();
  await assert.rejects(sealedBy(channels).create(hook("c1", "enc:v1:0123abcd:AAAA")), Problem);
  assert.deepEqual(await channels.list(), []);
});

Deno.test("no file holds a secret that was saved with a key", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await using store = await openAt(path);
  const sealed = sealedBy(store.channels, 1);
  await sealed.create(hook("c1"));
  await sealed.update({ ...hook("c1", "hush-again"), version: 2 });
  assert.deepEqual(await foundIn(path, ["hush"]), []);
  await store.checkpoint();
  assert.deepEqual(await foundIn(path, ["hush"]), []);
  assert.notDeepEqual(await foundIn(path, ["enc:v1:"]), []);
});

Deno.test("wiping does not wait for a reader: it says that the log is not empty, and goes on later", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await using store = await openAt(path);
  await sealedBy(store.channels).create(hook("c1"));
  using reader = new DatabaseSync(`${path}/tocsin.db`);
  reader.exec("BEGIN; SELECT count(*) FROM channel");
  await sealedBy(store.channels, 1).reseal(never);
  assert.equal(await store.channels.wipe(), false);
  assert.deepEqual(await sealedBy(store.channels, 1).list(), [hook("c1")]);
  reader.exec("COMMIT");
  assert.equal(await store.channels.wipe(), true);
  assert.deepEqual(await foundIn(path, ["hush"]), []);
});

Deno.test("no file holds a secret any more once rows that were plain are sealed and wiped", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await using store = await openAt(path);
  const plain = sealedBy(store.channels);
  // Longer than a page of the file: it lies in pages of its own.
  const long = "long-hush-".repeat(1000);
  for (let i = 0; i < 60; i++) await plain.create(hook(`p${i}`, i % 7 === 0 ? `${long}${i}` : `hush-${i}`));
  await store.checkpoint();
  await plain.update({ ...hook("p3", "hush-of-before"), version: 2 });
  await plain.delete("p4");
  const found = await foundIn(path, ["hush"]);
  assert.deepEqual(found, ["hush in tocsin.db", "hush in tocsin.db-wal"]);
  const before = await plain.list();
  assert.equal(await sealedBy(store.channels, 1).reseal(never), 59);
  await store.checkpoint();
  assert.equal(await store.channels.wipe(), true);
  assert.deepEqual(await foundIn(path, ["hush"]), []);
  assert.deepEqual(await sealedBy(store.channels, 1).list(), before);
});
