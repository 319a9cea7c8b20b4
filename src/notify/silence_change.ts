/**
 * Saving a silence: a new one never starts in the past; one that may not change in place ends, and another
 * with an id of its own takes over, so that the record of what was quiet when stays true. Pure.
 */
import { matchersText } from "../model/matcher_text.ts";
import { changesInPlace, expiredTimes, type Silence, silenceState } from "../model/silence.ts";

export interface SilenceChange {
  silence: Silence;
  /** The one that it replaces, as it ended; null when nothing ended. */
  ended: Silence | null;
}

/** `draft` under its id: that of `old` where there is one, else its own; `freshId` is for a replacement. */
export function changeSilence(
  old: Silence | null,
  draft: Silence,
  { now, freshId }: { now: number; freshId: string },
): SilenceChange {
  if (old === null) return { silence: fresh(draft, now), ended: null };
  const sameMatchers = coverOf(old) === coverOf(draft);
  if (changesInPlace(old, draft, { now, sameMatchers })) {
    return { silence: { ...draft, silence_id: old.silence_id, updated_at: now }, ended: null };
  }
  const over = silenceState(old, now) === "expired";
  return {
    silence: fresh({ ...draft, silence_id: freshId }, now),
    ended: over ? null : { ...old, ...expiredTimes(old, now), updated_at: now },
  };
}

function fresh(draft: Silence, now: number): Silence {
  return { ...draft, starts_at: Math.max(draft.starts_at, now), updated_at: now };
}

/** What it covers as text: the same for the same matchers and schedule. */
function coverOf({ matcher_sets, schedule }: Silence): string {
  return JSON.stringify([matcher_sets.map(matchersText), schedule]);
}
