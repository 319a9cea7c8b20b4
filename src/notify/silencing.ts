/** Which silences cover an alert now: active ones, within their schedule, one of whose matcher sets matches. Pure. */
import type { Labels, LabelTest } from "../model/matcher.ts";
import { type Silence, silenceState, silenceTest } from "../model/silence.ts";
import { intervalHolds } from "./time_mute.ts";

export interface CompiledSilence {
  silence: Silence;
  matches: LabelTest;
}

export function compileSilence(silence: Silence): CompiledSilence {
  return { silence, matches: silenceTest(silence) };
}

/** Ids of the silences that cover `labels` at `now`, ms since the epoch. */
export function silencedBy(silences: readonly CompiledSilence[], labels: Labels, now: number): string[] {
  return silences.filter(({ silence, matches }) => isOn(silence, now) && matches(labels))
    .map(({ silence }) => silence.silence_id);
}

function isOn(silence: Silence, now: number): boolean {
  if (silenceState(silence, now) !== "active") return false;
  return silence.schedule.length === 0 || silence.schedule.some((interval) => intervalHolds(interval, now));
}
