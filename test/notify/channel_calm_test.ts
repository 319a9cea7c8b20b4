/** A channel's own calm. */
import assert from "node:assert/strict";
import { ChannelCalm } from "../../src/notify/channel_calm.ts";

const NIGHT = [{ times: [{ start_time: "00:00", end_time: "08:00" }], location: "Asia/Seoul" }];
const at = (text: string) => Date.parse(text);

Deno.test("channel calm: quiet hours hold in their zone, and say when to look again within the hour", () => {
  const calm = new ChannelCalm();
  const policy = { quiet_hours: NIGHT };
  const admit = (text: string) => calm.admit({ channel_id: "c", policy }, at(text));
  assert.equal(admit("2026-03-01T23:59:59+09:00"), null);
  assert.deepEqual(admit("2026-03-02T00:00:00+09:00"), {
    reason: "quiet_hours",
    until: at("2026-03-02T01:00:00+09:00"),
  });
  assert.equal(admit("2026-03-02T07:30:10+09:00")?.until, at("2026-03-02T08:00:00+09:00"));
  assert.equal(admit("2026-03-02T08:00:00+09:00"), null);
});

Deno.test("channel calm: max_per_hour counts each channel's last hour, and what is held does not count", () => {
  const calm = new ChannelCalm();
  const admit = (channel_id: string, now: number) =>
    calm.admit({ channel_id, policy: { max_per_hour: 2 } }, now);
  assert.deepEqual([admit("a", 0), admit("a", 1000), admit("b", 1000)], [null, null, null]);
  assert.deepEqual(admit("a", 2000), { reason: "throttled", until: 3_600_000 });
  assert.equal(admit("a", 3_600_000), null);
  assert.deepEqual(admit("a", 3_600_500), { reason: "throttled", until: 3_601_000 });
});

Deno.test("channel calm: without a policy everything passes", () => {
  const calm = new ChannelCalm();
  for (let i = 0; i < 100; i++) assert.equal(calm.admit({ channel_id: "a", policy: {} }, i), null);
});
