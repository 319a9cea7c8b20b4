/**
 * limits: the caps of one rule. Each has a default; null lifts it. At a cap the rule goes on and says so
 * by a counter: the key quiet longest is forgotten at `keys` and at `state_bytes` (`keys_evicted`), matches
 * are counted and told by one summary alert a minute at `alerts_per_minute`, a window forgets its oldest
 * event at `events_per_window`, and of the partial matches of a key those that began first end at
 * `partials_per_key`.
 */
import * as z from "zod";
import { parseByteSize } from "../base/byte_size.ts";
import { closedObject } from "./closed_object.ts";

export const KEYS_DEFAULT = 1_000_000;
export const EVENTS_PER_WINDOW_DEFAULT = 100_000;
export const PARTIALS_PER_KEY_DEFAULT = 1_000;
export const ALERTS_PER_MINUTE_DEFAULT = 6_000;
/** 256 MiB: below the heap of a rule Worker (actors/worker_host.ts), which a state must not fill. */
export const STATE_BYTES_DEFAULT = 256 * 2 ** 20;
const STATE_BYTES_MIN = 65_536;

export interface Limits {
  keys: number | null;
  alerts_per_minute: number | null;
  state_bytes: number | null;
  /** Events that one window of one key holds; the oldest go first. */
  events_per_window: number | null;
  /** Partial matches of a pattern that one key has; those that began first give way. */
  partials_per_key: number | null;
}

const cap = z.int().min(1);

export const limitsSchema = closedObject({
  keys: cap.nullable().default(KEYS_DEFAULT),
  alerts_per_minute: cap.nullable().default(ALERTS_PER_MINUTE_DEFAULT),
  state_bytes: z.preprocess(
    (value) => typeof value === "string" ? parseByteSize(value) ?? value : value,
    z.int().min(STATE_BYTES_MIN).nullable(),
  ).default(STATE_BYTES_DEFAULT),
  events_per_window: cap.nullable().default(EVENTS_PER_WINDOW_DEFAULT),
  partials_per_key: cap.nullable().default(PARTIALS_PER_KEY_DEFAULT),
}).transform(({ keys, alerts_per_minute, state_bytes, events_per_window, partials_per_key }): Limits => ({
  keys,
  alerts_per_minute,
  state_bytes,
  events_per_window,
  partials_per_key,
}));

export const DEFAULT_LIMITS: Limits = {
  keys: KEYS_DEFAULT,
  alerts_per_minute: ALERTS_PER_MINUTE_DEFAULT,
  state_bytes: STATE_BYTES_DEFAULT,
  events_per_window: EVENTS_PER_WINDOW_DEFAULT,
  partials_per_key: PARTIALS_PER_KEY_DEFAULT,
};
