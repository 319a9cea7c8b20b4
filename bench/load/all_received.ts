/** Closed by the far end: sends every request and waits until the webhook of each numbered event came. */
import { type Clock, sleep } from "../../src/base/clock.ts";
import { everyAnswer } from "./every_answer.ts";
import type { Receiver } from "./receiver.ts";

const POLL_MS = 5;
const RECEIVED_MS_MAX = 120_000;

export interface AllReceivedOptions {
  requests: readonly Uint8Array[];
  port: number;
  connections: number;
  /** Events in all requests. */
  events: number;
  receiver: Receiver;
}

/** @throws Error when webhooks are missing two minutes after the last answer */
export async function allReceived(
  clock: Clock,
  { requests, port, connections, events, receiver }: AllReceivedOptions,
): Promise<void> {
  receiver.arrivals.clear();
  await everyAnswer({ requests, port, connections, count: requests.length });
  const deadline = clock.monotonic() + RECEIVED_MS_MAX;
  while (receiver.arrivals.size < events) {
    if (clock.monotonic() > deadline) {
      throw new Error(`${events - receiver.arrivals.size} of ${events} webhooks did not come`);
    }
    await sleep(clock, POLL_MS);
  }
}
