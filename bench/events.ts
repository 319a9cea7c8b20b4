/**
 * The events of the bench: metrics of services on hosts, about 160 bytes as JSON, the same from the same
 * seed. Floors and cases are fed the same bytes. Values spread evenly, so that what a rule of ./rules.ts
 * matches can be told from its thresholds.
 */
import { instant } from "../src/base/event_time.ts";
import { type Rng, seededRng } from "../src/base/rng.ts";

export const HOSTS = 2000;
export const DEVICES = 1000;
export const SERVICES = 20;
/** One event in so many has the status "failed". */
export const FAILED_EVERY = 50;

const REGIONS = ["eu-west-1", "eu-north-1", "us-east-1", "us-west-2", "ap-south-1"];

/** What a generator or a floor is asked to hold ready. */
export interface EventsWish {
  seed: number;
  count: number;
  /** Event time of the first one, ms since the epoch; the next ones follow every ms. */
  start: number;
  /** How many devices they come from; DEVICES by default. */
  devices?: number;
}

/** One event of one of `devices` devices as JSON text. `at` is its event time. */
export function eventText(rng: Rng, at: number, devices = DEVICES): string {
  const any = (n: number) => Math.floor(rng.next() * n);
  return JSON.stringify({
    host: `h${any(HOSTS)}`,
    region: REGIONS[any(REGIONS.length)]!,
    service: serviceName(any(SERVICES)),
    device: `d${any(devices)}`,
    cpu: any(10_000) / 100,
    mem: any(1000) / 10,
    latency_ms: any(2000),
    status: any(FAILED_EVERY) === 0 ? "failed" : "ok",
    timestamp: instant(at),
  });
}

export function serviceName(index: number): string {
  return `${["api", "pay", "cart", "mail"][index % 4]}-${Math.floor(index / 4)}`;
}

/** NDJSON of `wish.count` events. */
export function eventLines({ seed, count, start, devices }: EventsWish): Uint8Array<ArrayBuffer> {
  const rng = seededRng(seed);
  const texts = Array.from({ length: count }, (_, i) => eventText(rng, start + i, devices));
  return new TextEncoder().encode(texts.join("\n") + "\n");
}
