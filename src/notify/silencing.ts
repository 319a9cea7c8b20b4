/** Which silences cover an alert now: active ones, within their schedule, one of whose matcher sets matches. Pure. */
import { assert } from "../base/assert.ts";
import type { Labels, LabelTest } from "../model/matcher.ts";
import { type Silence, silenceState, silenceTest } from "../model/silence.ts";
import { readTimeInterval, type TimeInterval } from "../model/time_interval.ts";
import { intervalHolds } from "./time_mute.ts";

export interface CompiledSilence {
  silence: Silence;
  matches: LabelTest;
  schedule: readonly TimeInterval[];
}

export function compileSilence(silence: Silence): CompiledSilence {
  const schedule = silence.schedule.map((written) => {
    const read = readTimeInterval(written);
    assert(read.ok, "a schedule was checked when it was saved");
    return read.interval;
  });
  return { silence, matches: silenceTest(silence), schedule };
}

/** Ids of the silences that cover `labels` at `now`, ms since the epoch. */
export function silencedBy(silences: readonly CompiledSilence[], labels: Labels, now: number): string[] {
  return silences.filter((one) => isOn(one, now) && one.matches(labels))
    .map(({ silence }) => silence.silence_id);
}

function isOn({ silence, schedule }: CompiledSilence, now: number): boolean {
  if (silenceState(silence, now) !== "active") return false;
  return schedule.length === 0 || schedule.some((interval) => intervalHolds(interval, now));
}
