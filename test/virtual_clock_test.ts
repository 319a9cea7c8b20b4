/** The tests' own clock is tested too: everything about time rests on it. */
import assert from "node:assert/strict";
import { sleep } from "../src/base/clock.ts";
import { VirtualClock } from "./virtual_clock.ts";

Deno.test("virtual clock: timers fire in the order of their times, each at its own time", async () => {
  const clock = new VirtualClock(1000);
  const seen: [string, number][] = [];
  clock.after(30, () => seen.push(["late", clock.now()]));
  clock.after(10, () => seen.push(["early", clock.now()]));
  clock.after(10, () => seen.push(["made later", clock.now()]));
  await clock.advance(29);
  assert.deepEqual(seen, [["early", 1010], ["made later", 1010]]);
  assert.equal(clock.now(), 1029);
  await clock.advance(1);
  assert.deepEqual(seen.at(-1), ["late", 1030]);
});

Deno.test("virtual clock: a timer set off on the way fires within the same advance", async () => {
  const clock = new VirtualClock();
  let wakes = 0;
  const tick = async () => {
    for (;;) {
      await sleep(clock, 100, abort.signal);
      wakes++;
    }
  };
  const abort = new AbortController();
  const ticking = tick().catch(() => "stopped");
  await clock.advance(1000);
  assert.equal(wakes, 10);
  abort.abort();
  assert.equal(await ticking, "stopped");
  assert.equal(clock.timers, 0);
});

Deno.test("virtual clock: a cancelled timer never fires and step jumps to the next one", async () => {
  const clock = new VirtualClock(0);
  let fired = "";
  clock.after(5, () => fired += "a").cancel();
  clock.after(5000, () => fired += "b");
  assert.equal(clock.nextAt(), 5000);
  assert.equal(await clock.step(), true);
  assert.equal(await clock.step(), false);
  assert.equal(fired, "b");
  assert.equal(clock.monotonic(), 5000);
});
