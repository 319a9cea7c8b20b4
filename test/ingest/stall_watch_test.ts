import assert from "node:assert/strict";
import { BodyBudget } from "../../src/ingest/body_budget.ts";
import { BodyReader } from "../../src/ingest/body_reader.ts";
import { StallWatch } from "../../src/ingest/stall_watch.ts";
import { VirtualClock } from "../virtual_clock.ts";

function reading(clock: VirtualClock, stalls = new StallWatch(clock, 30_000)) {
  const { promise, resolve } = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const body = new ReadableStream<Uint8Array>({ start: resolve });
  const lease = new BodyBudget().open();
  const options = { bytesMax: 100, lease, stalls, hash: null };
  return { reader: new BodyReader({ headers: new Headers(), body }, options), controller: promise };
}

Deno.test("a body that brings no byte for 30 s ends with 408, one that trickles does not", async () => {
  const clock = new VirtualClock();
  const { reader, controller } = reading(clock);
  for (let i = 0; i < 4; i++) {
    (await controller).enqueue(Uint8Array.of(32));
    assert.deepEqual(await reader.next(), Uint8Array.of(32));
    await clock.advance(20_000);
  }
  const stalled = reader.next();
  const refused = assert.rejects(stalled, { status: 408, code: "body_timeout" });
  await clock.advance(30_000);
  await refused;
  reader.close();
  await clock.advance(30_000);
  assert.equal(clock.timers, 0);
});

Deno.test("no timer waits for long when no body is being read", async () => {
  const clock = new VirtualClock();
  const { reader, controller } = reading(clock);
  assert.equal(clock.timers, 1);
  (await controller).close();
  assert.equal(await reader.next(), null);
  reader.close();
  await clock.advance(30_000);
  assert.equal(clock.timers, 0);
});

Deno.test("a stop ends the bodies being read, and no timer waits for them", async () => {
  const clock = new VirtualClock();
  const stalls = new StallWatch(clock, 30_000);
  const { reader } = reading(clock, stalls);
  const refused = assert.rejects(reader.next(), { status: 408, code: "body_timeout" });
  stalls.endAll();
  await refused;
  assert.equal(clock.timers, 0);
  reader.close();
});
