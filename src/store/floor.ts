/**
 * Floors: how a rule that has nothing to say advances. A worker slot has one row that says how far all
 * rules bound to it are applied, and how far their snapshots are good; a rule's own row is written only
 * when it has effects. What a rule may claim from its slot is decided here, for every implementation.
 *
 * A floor speaks for the rules that were bound to the slot when it was written. A rule that joins later
 * notes the floors it found; they count for it only once they have moved on. Otherwise a rule that joins a
 * restarted worker would skip what that worker has applied before, and its state would have a hole.
 */
import type { Position } from "./effect_store.ts";

export interface Bound {
  /** The rule's own position. */
  applied: Position;
  /** Snapshot offset claimed from slots that it has left; null: none. */
  good: number | null;
  /** Floors of its slot when it joined, and now; 0 where it has no slot. */
  joined: Floors;
  floors: Floors;
}

export interface Floors {
  applied: number;
  snapshot: number;
}

export const NO_FLOORS: Floors = { applied: 0, snapshot: 0 };

export const ORIGIN: Position = { offset: 0, effects: 0 };

/** Negative when `a` is before `b`, 0 when they are the same place. */
export function comparePositions(a: Position, b: Position): number {
  return a.offset - b.offset || a.effects - b.effects;
}

/** The later of two positions. */
export function laterOf(a: Position, b: Position): Position {
  return comparePositions(a, b) >= 0 ? a : b;
}

/** How far the rule is applied: its own position, or its slot's floor where that is later. */
export function appliedOf(bound: Bound): Position {
  const { applied } = bound.floors;
  if (applied <= bound.joined.applied) return bound.applied;
  return laterOf(bound.applied, { offset: applied, effects: 0 });
}

/**
 * Up to where the rule's snapshot is good: its manifest, or what it may claim from floors, but never
 * beyond what is applied. undefined: neither snapshotted nor floored.
 */
export function snapshotOffsetOf(bound: Bound, manifest: number | undefined): number | undefined {
  const { snapshot } = bound.floors;
  const floor = snapshot > bound.joined.snapshot ? Math.min(snapshot, appliedOf(bound).offset) : null;
  const known = [manifest, bound.good, floor].filter((offset) => offset !== undefined && offset !== null);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The smallest offset that is surely beyond everything `position` has seen. */
export function beyond(position: Position): number {
  return position.effects > 0 ? position.offset + 1 : position.offset;
}
