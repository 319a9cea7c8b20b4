/** Claims about the failing store, since other tests lean on it. */
import assert from "node:assert/strict";
import { StorageFullError } from "../../src/store/event_log.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { createFaultStore, SimulatedCrash } from "./fault_store.ts";
import { events } from "./fixtures.ts";

Deno.test("a fault store without a fault only counts", async () => {
  const { store, calls, failed } = createFaultStore(createMemoryStore(), { kind: "crash", at: null });
  assert.deepEqual(await store.log.append([events({ count: 2 })]), [0]);
  assert.equal(store.log.next, 2);
  assert.equal((await store.log.topics()).length, 1);
  assert.deepEqual([calls(), failed()], [2, false]);
});

Deno.test("a full disk fails one call and changes nothing", async () => {
  const { store, failed } = createFaultStore(createMemoryStore(), { kind: "full", at: 2 });
  await store.log.append([events()]);
  await assert.rejects(store.log.append([events()]), StorageFullError);
  assert.equal(failed(), true);
  assert.deepEqual(await store.log.append([events()]), [1]);
});

Deno.test("a crash fails a call and all that follow, and what was written stays", async () => {
  const inner = createMemoryStore();
  const { store } = createFaultStore(inner, { kind: "crash", at: 2 });
  await store.log.append([events()]);
  await assert.rejects(store.log.append([events()]), SimulatedCrash);
  await assert.rejects(store.effects.incarnate(["r1"]), SimulatedCrash);
  await store[Symbol.asyncDispose]();
  assert.equal(inner.log.next, 1);
  assert.equal(await inner.effects.progress("r1"), undefined);
});
