/** Claims about run tokens: how many may run, that owners are named, and that nothing outlives a dead one. */
import assert from "node:assert/strict";
import { RunTokens } from "../../actors/run_tokens.ts";

Deno.test("run tokens: there are as many as were made, at least one", () => {
  const tokens = new RunTokens({ count: 2 });
  assert.deepEqual([1, 2, 3].map((owner) => tokens.acquire(owner, 0)), [true, true, false]);
  tokens.release(1);
  assert.equal(tokens.acquire(3, 0), true);
  assert.equal(new RunTokens({ count: 0 }).acquire(1, 0), true);
});

Deno.test("run tokens: only the owner's own token is given back, once", () => {
  const tokens = new RunTokens({ count: 1 });
  tokens.acquire(1, 0);
  tokens.release(2);
  assert.equal(tokens.holds(1), true);
  tokens.release(1);
  tokens.release(1);
  assert.equal(tokens.acquire(2, 0), true);
  tokens.release(1);
  assert.equal(tokens.holds(2), true, "a late release by an earlier owner does nothing");
});

Deno.test("run tokens: another view of the same memory sees them, and main can take one back", () => {
  const tokens = new RunTokens({ count: 1 });
  const worker = new RunTokens({ memory: tokens.memory });
  assert.equal(worker.acquire(7, 0), true);
  tokens.release(7);
  assert.equal(worker.holds(7), false);
  assert.equal(worker.acquire(8, 0), true);
});
