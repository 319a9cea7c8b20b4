/** How a backtest makes way for live work, under a clock that the test moves. */
import assert from "node:assert/strict";
import { BacktestPace, LAG_MAX, LIVE_EVENTS_PER_SECOND } from "../../actors/backtest_pace.ts";
import { VirtualClock } from "../virtual_clock.ts";

const PIECE_MS = 30;

/** A pace on two cores, and the time that a further piece has to wait after one that took PIECE_MS. */
function paced(cores = 2) {
  const clock = new VirtualClock();
  const live = { lag: 0, head: 0 };
  const pace = new BacktestPace({ clock, cores, lag: () => live.lag, head: () => live.head });
  const { signal } = new AbortController();
  const waited = async () => {
    pace.spent(PIECE_MS);
    const before = clock.now();
    let free = false;
    const next = pace.next(signal).then(() => free = true);
    await clock.settle();
    while (!free && await clock.step());
    await next;
    return clock.now() - before;
  };
  return { clock, live, pace, waited };
}

Deno.test("a backtest goes as fast as it can while few events come in", async () => {
  const { clock, live, waited } = paced();
  assert.equal(await waited(), 0);
  live.head += LIVE_EVENTS_PER_SECOND;
  await clock.advance(1000);
  assert.equal(await waited(), 0);
});

Deno.test("while many events come in a backtest takes an eighth of the cores, and goes on when they end", async () => {
  for (const [cores, rest] of [[2, 3 * PIECE_MS], [4, PIECE_MS], [8, 0], [16, 0]] as const) {
    const { clock, live, waited } = paced(cores);
    live.head += LIVE_EVENTS_PER_SECOND + 1;
    await clock.advance(1000);
    assert.equal(await waited(), rest, `${cores} cores`);
    assert.equal(await waited(), rest, `${cores} cores`);
    await clock.advance(1000);
    assert.equal(await waited(), 0, `${cores} cores`);
  }
});

Deno.test("a backtest stands still while live rules lag", async () => {
  const { clock, live, pace } = paced();
  live.lag = LAG_MAX + 1;
  let free = false;
  const next = pace.next(new AbortController().signal).then(() => free = true);
  await clock.advance(10_000);
  assert.equal(free, false);
  live.lag = LAG_MAX;
  await clock.advance(10);
  await next;
});

Deno.test("a backtest that is cancelled waits for nothing, and leaves no timer behind", async () => {
  const { clock, live, pace } = paced();
  const cancel = new AbortController();
  live.lag = LAG_MAX + 1;
  const lagging = assert.rejects(pace.next(cancel.signal), { name: "AbortError" });
  await clock.settle();
  cancel.abort();
  await lagging;
  live.lag = 0;
  live.head = 1e6;
  await clock.advance(1000);
  await assert.rejects(pace.next(cancel.signal), { name: "AbortError" });
  const resting = new AbortController();
  pace.spent(1000);
  const rested = assert.rejects(pace.next(resting.signal), { name: "AbortError" });
  await clock.settle();
  resting.abort();
  await rested;
  assert.equal(clock.timers, 0);
});
