/**
 * Open loop: event number i is due at start + i / rate, whatever became of the ones before, and its delay
 * counts from when it was due. So neither a slow server nor a late timer of the generator makes the figure
 * better than it is.
 */
import { type Clock, sleep } from "../../src/base/clock.ts";
import { seededRng } from "../../src/base/rng.ts";
import type { EventsWish } from "../events.ts";
import { quantile } from "../figure.ts";
import { KeepAlive, requestBytes } from "./keep_alive.ts";
import type { Receiver } from "./receiver.ts";
import { numberedText } from "./requests.ts";

const TICK_MS = 1;
const MISSING_MS_MAX = 5000;

export interface Paced {
  path: string;
  events: EventsWish;
  per_second: number;
  /** Events at the start that are not measured. */
  warm_up: number;
  connections: number;
}

/**
 * From due to received, ms. `late_p99`: from due to sent, for want of a free connection or of the generator's
 * own timer; `timer_late_p99`: how much longer than asked for the timer took.
 */
export interface Delay {
  measured: number;
  p50: number;
  p99: number;
  max: number;
  late_p99: number;
  timer_late_p99: number;
  /** Events whose webhook had not come 5 s after the last event. */
  missing: number;
}

export function pacedRequests({ path, events }: Paced): Uint8Array[] {
  const rng = seededRng(events.seed);
  return Array.from({ length: events.count }, (_, seq) => {
    const body = new TextEncoder().encode(numberedText(rng, seq, events));
    return requestBytes({ path, type: "application/json", body });
  });
}

export async function fixedRate(
  clock: Clock,
  options: { requests: readonly Uint8Array[]; port: number; paced: Paced; receiver: Receiver },
): Promise<Delay> {
  const { requests, port, paced, receiver } = options;
  receiver.arrivals.clear();
  const free = await Promise.all(Array.from({ length: paced.connections }, () => KeepAlive.open(port)));
  const every = [...free];
  const start = clock.monotonic();
  const due = (seq: number) => start + seq * 1000 / paced.per_second;
  const late: number[] = [];
  const timerLate: number[] = [];
  const sending: Promise<void>[] = [];
  const send = async (seq: number, connection: KeepAlive) => {
    late.push(clock.monotonic() - due(seq));
    await connection.post(requests[seq]!);
    free.push(connection);
  };
  while (late.length < requests.length) {
    while (late.length < requests.length && free.length > 0 && due(late.length) <= clock.monotonic()) {
      sending.push(send(late.length, free.pop()!));
    }
    const asleep = clock.monotonic();
    await sleep(clock, TICK_MS);
    timerLate.push(clock.monotonic() - asleep - TICK_MS);
  }
  await Promise.all(sending);
  for (const connection of every) connection[Symbol.dispose]();
  await allBack(clock, receiver, requests.length);
  return delayOf({ late, timerLate, due, warmUp: paced.warm_up, receiver });
}

async function allBack(clock: Clock, receiver: Receiver, count: number): Promise<void> {
  const deadline = clock.monotonic() + MISSING_MS_MAX;
  while (receiver.arrivals.size < count && clock.monotonic() < deadline) await sleep(clock, 10);
}

function delayOf(
  { late, timerLate, due, warmUp, receiver }: {
    late: readonly number[];
    timerLate: readonly number[];
    due: (seq: number) => number;
    warmUp: number;
    receiver: Receiver;
  },
): Delay {
  const delays: number[] = [];
  for (let seq = warmUp; seq < late.length; seq++) {
    const arrival = receiver.arrivals.get(seq);
    if (arrival !== undefined) delays.push(arrival - due(seq));
  }
  return {
    measured: delays.length,
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    max: quantile(delays, 1),
    late_p99: quantile(late.slice(warmUp), 0.99),
    timer_late_p99: quantile(timerLate, 0.99),
    missing: late.length - warmUp - delays.length,
  };
}
