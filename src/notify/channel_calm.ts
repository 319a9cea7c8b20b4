/**
 * A channel's own calm, by its policy: `quiet_hours` (time intervals in which it is sent nothing) and
 * `max_per_hour`. What it holds back is deferred, not lost, and the whole channel waits. The count of the last
 * hour is of this process: a restart begins anew.
 */
import { assert } from "../base/assert.ts";
import { isObject } from "../base/json.ts";
import type { Channel } from "../model/channel.ts";
import { readTimeInterval, type TimeInterval } from "../model/time_interval.ts";
import { intervalHolds } from "./time_mute.ts";

export interface Hold {
  reason: "quiet_hours" | "throttled";
  /** When to look again, ms since the epoch: at most {@linkcode LOOK_MS} away. */
  until: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Longer waits are taken in steps, so that a changed clock or zone does not matter long. */
const LOOK_MS = HOUR_MS;

export class ChannelCalm {
  /** Times of the attempts of the last hour, by channel, for those that have a limit. */
  readonly #sent = new Map<string, number[]>();
  readonly #intervals = new WeakMap<object, readonly TimeInterval[]>();

  /** Why a channel is sent nothing at `now`; null when it is, which then counts. */
  admit({ channel_id, policy }: Pick<Channel, "channel_id" | "policy">, now: number): Hold | null {
    const quiet = this.#quietUntil(policy, now);
    if (quiet !== null) return { reason: "quiet_hours", until: quiet };
    const max = policy.max_per_hour;
    if (typeof max !== "number" || max === 0) return null;
    const sent = (this.#sent.get(channel_id) ?? []).filter((at) => at > now - HOUR_MS);
    if (sent.length >= max) return { reason: "throttled", until: sent.at(-max)! + HOUR_MS };
    this.#sent.set(channel_id, [...sent, now]);
    return null;
  }

  #quietUntil(policy: Channel["policy"], now: number): number | null {
    const intervals = this.#intervalsOf(policy);
    const quiet = (at: number) => intervals.some((interval) => intervalHolds(interval, at));
    if (!quiet(now)) return null;
    let until = Math.floor(now / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    while (until < now + LOOK_MS && quiet(until)) until += MINUTE_MS;
    return until;
  }

  #intervalsOf(policy: Channel["policy"]): readonly TimeInterval[] {
    const { quiet_hours } = policy;
    if (!Array.isArray(quiet_hours)) return [];
    const known = this.#intervals.get(quiet_hours);
    if (known !== undefined) return known;
    const read = quiet_hours.filter(isObject).map((written) => {
      const result = readTimeInterval(written);
      assert(result.ok, "quiet hours were checked when the channel was saved");
      return result.interval;
    });
    this.#intervals.set(quiet_hours, read);
    return read;
  }
}
