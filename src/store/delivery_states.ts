/** Which states of a delivery wait for an attempt and which are final until somebody redrives them. */
import type { DeliveryState } from "../model/delivery.ts";
import type { RedriveFilter } from "./outbox.ts";

/** A row in one of these is attempted (again) once it is due and nobody holds a lease on it. */
export const WAITING_STATES: readonly DeliveryState[] = ["queued", "sending", "retry_wait", "deferred"];

/** A row in one of these may be redriven. */
export const REDRIVABLE_STATES: readonly NonNullable<RedriveFilter["state"]>[] = [
  "dead",
  "expired",
  "cancelled",
  "unknown",
];

/** All states, in the order in which they are told. */
export const DELIVERY_STATES: readonly DeliveryState[] = [
  ...WAITING_STATES,
  "delivered",
  ...REDRIVABLE_STATES,
  "suppressed",
];
