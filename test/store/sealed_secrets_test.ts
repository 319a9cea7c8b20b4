/** Sealed secrets: what lies in the rows and files underneath, and what a change of keys makes of it. */
import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { secret } from "./fixtures.ts";
import { filesWith, secretsSealedBy } from "./sealed_store.ts";
import { openAt, temporaryDirectory } from "./sqlite_opening.ts";

const never = new AbortController().signal;

Deno.test("sealed secrets: files hold no value, not even one that was replaced or deleted", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  {
    await using store = await openAt(path);
    const sealed = secretsSealedBy(store.secrets, 1);
    await sealed.save(secret("a", { value: "hush-first" }));
    await sealed.save(secret("a", { value: "hush-second", version: 2 }));
    await sealed.save(secret("b", { value: "hush-third" }));
    await sealed.delete("b");
    assert.equal((await sealed.list())[0]!.value, "hush-second");
  }
  assert.deepEqual(filesWith(path, "hush-"), []);
});

Deno.test("sealed secrets: what lay in clear leaves the files with the first key", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  {
    await using store = await openAt(path);
    await store.secrets.save(secret("a", { value: "hush-clear" }));
  }
  assert.notDeepEqual(filesWith(path, "hush-"), []);
  {
    await using store = await openAt(path);
    const sealed = secretsSealedBy(store.secrets, 1);
    assert.equal(await sealed.reseal(never), 1);
    assert.equal(await sealed.reseal(never), 0);
    assert.equal(await store.secrets.wipe(), true);
  }
  assert.deepEqual(filesWith(path, "hush-"), []);
});

Deno.test("sealed secrets: a new first key seals anew, after which the old one may go", async () => {
  const { secrets } = createMemoryStore();
  await secretsSealedBy(secrets, 1).save(secret("a", { value: "hush" }));
  assert.equal(await secretsSealedBy(secrets, 2, 1).reseal(never), 1);
  const [found] = await secretsSealedBy(secrets, 2).list();
  assert.deepEqual([found!.value, found!.version, found!.unusable], ["hush", 1, undefined]);
});

Deno.test("sealed secrets: one that no key opens says so, others go on, and a save mends it", async () => {
  const { secrets } = createMemoryStore();
  await secretsSealedBy(secrets, 1).save(secret("a", { value: "hush" }));
  const other = secretsSealedBy(secrets, 2);
  await other.save(secret("b", { value: "kept" }));
  const [lost, kept] = await other.list();
  assert.equal(lost!.value, "");
  assert.match(lost!.unusable!, /^secret cannot be opened: key \w{8} is missing$/);
  assert.deepEqual([kept!.value, kept!.unusable], ["kept", undefined]);
  await other.save({ ...lost!, value: "new", version: 2 });
  assert.deepEqual((await other.list())[0], secret("a", { value: "new", version: 2 }));
});

Deno.test("sealed secrets: a sealed value opens under its own name only", async () => {
  const { secrets } = createMemoryStore();
  const sealed = secretsSealedBy(secrets, 1);
  await sealed.save(secret("a", { value: "hush" }));
  await sealed.save(secret("b", { value: "other" }));
  const [a] = await secrets.list();
  await secrets.rewrite([{ name: "b", version: 1, value: a!.value }]);
  const [, b] = await sealed.list();
  assert.deepEqual([b!.value, /does not open it/.test(b!.unusable!)], ["", true]);
});
