import assert from "node:assert/strict";
import type { Channel } from "../../src/model/channel.ts";
import type { Delivery } from "../../src/model/delivery.ts";
import { acknowledgements } from "../../src/notify/acknowledgements.ts";
import { alertOf } from "../channel/channel_fixture.ts";

const GROUP: Delivery["group"] = {
  ...{
    group_key: "g",
    receiver: "ops",
    labels: {},
    flush: 1,
    why: "first_notification",
    alerts: [],
    truncated: 0,
  },
};

function delivery(channel_id: string, members: Partial<Delivery> = {}): Delivery {
  return {
    ...{ delivery_id: `d-${channel_id}`, alert_id: "alert_1", revision: 1, rule_id: "r", channel_id },
    ...{
      kind: "channel",
      state: "delivered",
      retries: 0,
      created_at: 0,
      expires_at: 1,
      next_attempt_at: null,
    },
    ...{ reason: null, ...members },
  };
}

Deno.test("acknowledgements go to channels that were told of the alert alone and take such news", async () => {
  const deliveries = [
    delivery("pager"),
    delivery("hook"),
    delivery("quiet", { state: "suppressed" }),
    delivery("routed", { group: GROUP }),
  ];
  const items = deliveries.map((delivery, seq) => ({ seq, delivery, attempts: [], attempts_total: 0 }));
  const type = (id: string) => id === "hook" ? "webhook" : "pagerduty";
  const found = await acknowledgements(alertOf(), {
    outbox: { list: () => Promise.resolve({ items, next: null }) },
    channels: { get: (id) => Promise.resolve({ channel_id: id, type: type(id), policy: {} } as Channel) },
    now: 5,
  });
  assert.deepEqual(found.map(({ channel_id, kind }) => [channel_id, kind]), [["pager", "ack"]]);
  const none = { outbox: { list: () => assert.fail("a resolved alert asks nothing") }, now: 5 };
  const channels = { get: () => Promise.resolve(undefined) };
  assert.deepEqual(await acknowledgements(alertOf({ status: "resolved" }), { ...none, channels }), []);
});
