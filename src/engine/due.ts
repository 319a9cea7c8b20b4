/** Fires what is due: by event time, or, for what an event from the far future opened, by arrival. */
import { tellHold } from "./judge.ts";
import type { RuleState, Turn } from "./rule_state.ts";
import { kindOf, slotOf, TIMER, type Timers } from "./timers.ts";

/** A million keys may wait for one instant: whoever steps is asked that often whether others have their turn. */
const BREATHE_EVERY = 256;

/** Fires everything that the watermark has reached. */
export function fireDue(state: RuleState, turn: Turn): void {
  while (state.timers.next <= state.clock!.watermark) fireNext(state, turn, state.timers);
}

/**
 * The event at hand, applied already, moves event time to its own, if no delay keeps it from that. What else is
 * due at that very time waits for what the event brings about, as it does with a delay.
 */
export function reach(state: RuleState, turn: Turn, time: number): boolean {
  const { clock } = state;
  if (clock === null || clock.after(time) < time) return false;
  clock.see(time);
  while (state.timers.next < time) fireNext(state, turn, state.timers);
  return true;
}

/** Fires everything that is due at the earliest time. */
export function fireNext(state: RuleState, turn: Turn, timers: Pick<Timers, "take">): void {
  const { at, entries } = timers.take((slot) => state.keys.seq(slot));
  let last = -1;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry === last) continue;
    last = entry;
    if (i % BREATHE_EVERY === BREATHE_EVERY - 1) state.breathe?.();
    fireTimer(state, turn, { at, entry });
  }
}

function fireTimer(state: RuleState, turn: Turn, { at, entry }: { at: number; entry: number }): void {
  const slot = slotOf(entry);
  // A key may be gone, and its slot another's: whoever is asked knows what it waits for.
  if (!state.keys.holds(slot)) return;
  state.keys.willChange(slot);
  const kind = kindOf(entry);
  state.past?.woke(slot, at);
  if (kind === TIMER.hold) {
    const change = state.hold?.due(slot, at) ?? null;
    if (change !== null) tellHold(state, turn, slot, change);
  } else if (kind !== TIMER.cooldown) (state.window ?? state.pattern)?.fire(slot, at, kind);
  state.dropIdle(slot);
  // What is over by now wakes nobody again: whatever else still holds the key lets go of it by itself.
  if (state.keys.holds(slot) && (state.past?.idleAt(slot) ?? -Infinity) > at) state.lookAtPast(slot);
}
