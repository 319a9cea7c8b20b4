/** Marks an alert as seen, tells the channels that want to know, and the streams that are open. */
import { notFound } from "../src/base/problem.ts";
import { acknowledgements } from "../src/notify/acknowledgements.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { RouteContext } from "./route_table.ts";

/** The alert as it stands then; of several acknowledgements the first counts. @throws Problem 404 */
export async function acknowledge(
  alertId: string,
  by: string | null,
  { deps, acks }: RouteContext,
): Promise<StoredAlert> {
  const { channels, clock, pool, store: { effects, outbox } } = deps;
  const known = await effects.alert(alertId);
  if (known === undefined) throw notFound("alert", alertId);
  const now = clock.now();
  const telling = known.alert.ack ? [] : await acknowledgements(known.alert, { outbox, channels, now });
  const found = await effects.ack(alertId, by, now, telling);
  if (found === undefined) throw notFound("alert", alertId);
  if (telling.length > 0) pool.nudge();
  if (!known.alert.ack) acks.tell(found);
  return found;
}
