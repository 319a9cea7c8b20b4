/** How the deliveries of a course must have ended, as the server lists them and as the receiver saw them. */
import assert from "node:assert/strict";
import { deadReasonOf, type FailingReceiver } from "./failing_receiver.ts";

export interface DeliveryItem {
  delivery_id: string;
  alert_id: string;
  state: string;
  reason: string | null;
}

export interface AlertItem {
  alert_id: string;
  events: { event: { n: number } }[];
}

/** How many of them must die, by reason. */
export function deadReasons(events: number): Map<string, number> {
  const reasons = new Map<string, number>();
  for (let n = 0; n < events; n++) {
    const reason = deadReasonOf(n);
    if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return reasons;
}

export function assertOutcomes(
  { events, alerts, deliveries, receiver }: {
    events: number;
    alerts: readonly AlertItem[];
    deliveries: readonly DeliveryItem[];
    receiver: FailingReceiver;
  },
): void {
  const numbers = new Map(alerts.map((alert) => [alert.alert_id, alert.events[0]!.event.n]));
  assert.equal(new Set(numbers.values()).size, events, "each event has an alert");
  assert.equal(alerts.length, events, "and no event has two");
  assert.equal(deliveries.length, events, "each alert has one delivery");
  assert.equal(receiver.told.size, events, "each was attempted");
  const wrong = deliveries.flatMap((delivery) => {
    const n = numbers.get(delivery.alert_id)!;
    const why = faultsOf(delivery, n, receiver);
    return why.length === 0 ? [] : [`number ${n}: ${why.join(", ")}`];
  });
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${events} ended wrongly`);
}

function faultsOf(
  { delivery_id, state, reason }: DeliveryItem,
  n: number,
  receiver: FailingReceiver,
): string[] {
  const { ids, taken } = receiver.told.get(n)!;
  const dead = deadReasonOf(n);
  const found: [string, boolean][] = [
    [`state ${state}`, state !== (dead === null ? "delivered" : "dead")],
    [`reason ${reason}`, reason !== dead],
    [`came under ${[...ids]} and not only under ${delivery_id}`, ids.size !== 1 || !ids.has(delivery_id)],
    [`taken ${taken} times`, dead === null ? taken === 0 : taken !== 0],
  ];
  return found.filter(([, isWrong]) => isWrong).map(([what]) => what);
}
