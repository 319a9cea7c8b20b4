/** The demo, as a newcomer runs it. */
import assert from "node:assert/strict";
import { systemClock as clock } from "../../src/base/clock.ts";

const DEMO_MS_MAX = 30_000;

Deno.test("deno task demo: sees this machine, fires, delivers, and ends by itself in under 30 s", async () => {
  const start = clock.monotonic();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["task", "demo"] })
    .output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, said + new TextDecoder().decode(stderr));
  assert.ok(clock.monotonic() - start < DEMO_MS_MAX);
  assert.match(said, /webhook {2}alert\.firing \[warning\] CPU is busy: cpu at [\d.]+ %/);
  assert.match(said, /delivery: delivered/);
  assert.match(said, /done: the alert arrived\n$/);
});
