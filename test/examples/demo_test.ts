/** The parts of the demo that decide something. */
import assert from "node:assert/strict";
import { sumNetBytes } from "../../examples/demo/machine.ts";
import { busyPercent } from "../../examples/demo/rules.ts";

Deno.test("demo: network bytes are the first and the ninth counter of every interface", () => {
  const table = [
    "Inter-|   Receive                                                |  Transmit",
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop",
    "    lo:     100 1 0 0 0 0 0 0     20 1 0 0 0 0 0 0",
    "  eth0:3 1 0 0 0 0 0 0 4000 1 0 0 0 0 0 0",
  ].join("\n");
  assert.equal(sumNetBytes(table), 4123);
});

Deno.test("demo: the busy threshold lies above idle and within reach of full load", () => {
  assert.equal(busyPercent(0), 40);
  assert.equal(busyPercent(50), 70);
  assert.equal(busyPercent(99), 85);
});
