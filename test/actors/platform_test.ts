/**
 * Canaries: what the actors take for granted of the platform and no document promises. One that fails says
 * which part of actors/ has to be thought over before the platform is updated.
 */
import assert from "node:assert/strict";
import { MessageChannel, Worker } from "node:worker_threads";
import { type Clock, sleep, systemClock } from "../../src/base/clock.ts";

const clock: Clock = systemClock;
/** A machine under load may be slow, a worker that never ends is not slow. */
const DEATH_MS_MAX = 20_000;

function start(source: string, extra: ConstructorParameters<typeof Worker>[1] = {}): Worker {
  const hold = `
    const { parentPort, workerData, receiveMessageOnPort } = require("node:worker_threads");
    const hold = (name) => new Promise((done) => {
      navigator.locks.request(name, () => { done(); return new Promise(() => {}); });
    });`;
  return new Worker(`${hold}\n(async () => { ${source} })();`, { eval: true, ...extra });
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once("message", resolve));
}

/** Rejects when `claim` does not come true in time. */
async function within<T>(ms: number, claim: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(clock, ms, stop.signal).then(() => {
    throw new Error(`did not happen within ${ms} ms`);
  }, () => new Promise<never>(() => {}));
  try {
    return await Promise.race([claim, late]);
  } finally {
    stop.abort();
  }
}

/** Whether the counter goes on: standing still is told by waiting only. */
async function moves(counter: Int32Array): Promise<boolean> {
  const before = Atomics.load(counter, 0);
  await sleep(clock, 100);
  return Atomics.load(counter, 0) !== before;
}

/** Resolves once the counter has moved on. */
async function counted(counter: Int32Array): Promise<void> {
  const before = Atomics.load(counter, 0);
  while (Atomics.load(counter, 0) === before) await sleep(clock, 1);
}

const BUSY = `
  const counter = new Int32Array(workerData.memory);
  await hold(workerData.lock);
  parentPort.postMessage("busy");
  for (;;) Atomics.add(counter, 0, 1);`;

Deno.test("platform: terminate stops a busy worker that holds a Web Lock (worker_host.ts)", async () => {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = start(BUSY, { workerData: { memory: counter.buffer, lock: "canary-busy" } });
  assert.equal(await message(worker), "busy");
  await within(DEATH_MS_MAX, counted(counter));
  await worker.terminate();
  // The last turns of the loop may come after terminate has answered; from then on it stands still.
  const latest = clock.monotonic() + DEATH_MS_MAX;
  while (await moves(counter)) assert.ok(clock.monotonic() < latest, "it goes on after terminate");
});

Deno.test("platform: the lock of a stopped worker is free again (worker_boot.ts)", async () => {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < 2; i++) {
    const worker = start(BUSY, { workerData: { memory: counter.buffer, lock: "canary-again" } });
    assert.equal(await message(worker), "busy");
    await worker.terminate();
  }
});

Deno.test("platform: a worker without memory dies alone, and terminate of it comes back (worker_fleet.ts)", async () => {
  const worker = start(
    `await hold("canary-memory");
     parentPort.postMessage("filling");
     const held = [];
     for (;;) held.push(Array.from({ length: 100000 }, (_, i) => i + 0.5));`,
    { resourceLimits: { maxOldGenerationSizeMb: 32 } },
  );
  const died = new Promise<string>((resolve) => worker.once("error", (error) => resolve(error.message)));
  const ended = new Promise<number>((resolve) => worker.once("exit", resolve));
  assert.equal(await message(worker), "filling");
  assert.match(await within(DEATH_MS_MAX, died), /memory/);
  assert.notEqual(await within(DEATH_MS_MAX, ended), 0);
  await within(DEATH_MS_MAX, worker.terminate());
  // It held a lock and died alone: this process goes on, and the next one gets the lock.
  const next = start(`await hold("canary-memory"); parentPort.postMessage("has it");`);
  assert.equal(await within(DEATH_MS_MAX, message(next)), "has it");
  await next.terminate();
});

Deno.test("platform: a worker that waits for memory posts out and reads in (worker_loop.ts)", async () => {
  const { port1, port2 } = new MessageChannel();
  const words = new Int32Array(new SharedArrayBuffer(4));
  const worker = start(
    `const words = new Int32Array(workerData.memory);
     await hold("canary-wait");
     for (;;) {
       Atomics.wait(words, 0, 0, 100);
       Atomics.store(words, 0, 0);
       const received = receiveMessageOnPort(workerData.port);
       if (received === undefined) continue;
       parentPort.postMessage(received.message * 2);
       if (received.message === 3) break;
     }
     workerData.port.close();`,
    { workerData: { memory: words.buffer, port: port2 }, transferList: [port2] },
  );
  for (const n of [1, 2, 3]) {
    const answer = message(worker);
    port1.postMessage(n);
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    assert.equal(await answer, n * 2);
  }
  port1.close();
  await worker.terminate();
});

Deno.test("platform: notify tells how many it woke (run_tokens.ts)", async () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  assert.equal(Atomics.notify(words, 0, 1), 0);
  const worker = start(
    `const words = new Int32Array(workerData.memory);
     parentPort.postMessage("waits");
     parentPort.postMessage(Atomics.wait(words, 0, 0, 10000));`,
    { workerData: { memory: words.buffer } },
  );
  assert.equal(await message(worker), "waits");
  const answer = message(worker);
  let woken = 0;
  while (woken === 0) {
    woken = Atomics.notify(words, 0, 1);
    await sleep(clock, 1);
  }
  assert.equal(woken, 1);
  assert.equal(await answer, "ok");
  await worker.terminate();
});

Deno.test("platform: a throw in a worker is an event here, not the end of the process (worker_host.ts)", async () => {
  const worker = start(`throw new Error("on purpose");`);
  const error = await new Promise<Error>((resolve) => worker.once("error", resolve));
  assert.match(error.message, /on purpose/);
  await worker.terminate();
});
