/** Messages of groups. */
import assert from "node:assert/strict";
import type { Alert } from "../../src/model/alert.ts";
import type { DeliveryGroup } from "../../src/model/delivery.ts";
import { asFlushed, groupMessage } from "../../src/notify/group_message.ts";
import { alert } from "../store/fixtures.ts";

const group: DeliveryGroup = {
  ...{ group_key: "g", receiver: "ops", labels: { service: "web" }, flush: 1, why: "first_notification" },
  ...{ alerts: [], truncated: 0 },
};
const event = { offset: 1, event: { cpu: 99 } };

function one(id: string, members: Partial<Alert> = {}): Alert {
  return alert(id, { title: `title ${id}`, message: `message ${id}`, events: [event], ...members });
}

Deno.test("group message: one alert is told whole, under the dedup_key of its group", () => {
  const message = groupMessage(group, [one("a")]);
  const again = groupMessage(group, [one("b")]);
  assert.deepEqual(message.alert, { ...one("a"), dedup_key: message.alert.dedup_key });
  assert.equal(message.alert.dedup_key, again.alert.dedup_key);
  assert.deepEqual(message.group!.alerts, [message.alert]);
});

Deno.test("group message: several are one alert in the words of all, as grave as what fires", () => {
  const labels = { service: "web", host: "1" };
  const { alert: told, group: shown } = groupMessage(group, [
    one("a", { status: "resolved", severity: "critical", labels }),
    one("b", { severity: "warning", labels: { ...labels, host: "2" } }),
    one("c", { severity: "info", labels: { service: "web" } }),
  ]);
  assert.deepEqual(
    [told.status, told.severity, told.title, told.labels],
    ["firing", "warning", "[2 firing, 1 resolved] title a, title b, title c", { service: "web" }],
  );
  assert.equal(told.message, "[resolved] message a\n[firing] message b\n[firing] message c");
  assert.deepEqual(shown!.alerts.map(({ events }) => events), [[], [], []], "evidence stays with the alerts");
});

Deno.test("group message: of many alerts ten are named and the others counted", () => {
  const many = Array.from({ length: 12 }, (_, i) => one(`a${i}`, { status: "resolved" }));
  const { alert: told } = groupMessage(group, many);
  assert.equal(told.status, "resolved");
  assert.equal(told.title, "[12 resolved] title a0, title a1, title a2, …");
  assert.ok(told.message.endsWith("message a9\nand 2 more"));
});

Deno.test("group message: an alert is told as it was at the flush, whatever came after", () => {
  const later = one("a", { status: "resolved", resolved_at: "2026-01-01T00:00:00.000Z" });
  assert.deepEqual(asFlushed(later, "resolved"), later);
  const { status, resolved_at } = asFlushed(later, "firing");
  assert.deepEqual([status, resolved_at], ["firing", null]);
});
