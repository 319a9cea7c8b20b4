/** The states of an automaton while it is made from the end to the beginning: their edges lead to each other. */
import type { Automaton, Edge, State } from "./automaton.ts";
import type { Guard } from "./guard.ts";

/** A state while the automaton is made. */
export interface Draft {
  id: number;
  kind: State["kind"];
  step: number;
  gap_ms: number | null;
  /** Whether `gap_ms` bounds only the wait for its own event: what it can be left for may last longer. */
  leavable: boolean;
  edges: DraftEdge[];
}

export interface DraftEdge {
  action: Edge["action"];
  to: Draft;
  guard: Guard;
  gap_ms?: number | null;
}

/** Whether nothing more must be taken from a state on. */
export function endsAt(state: Draft): boolean {
  const seen = new Set([state]);
  for (const { kind, edges } of seen) {
    if (kind === "final") return true;
    if (kind === "watch") continue;
    for (const { action, to } of edges) if (action === "skip") seen.add(to);
  }
  return false;
}

/** The states that can be reached, in the order in which they are met. */
export function compacted(start: Draft): Automaton {
  const met: Draft[] = [start];
  const places = new Map([[start, 0]]);
  for (const state of met) {
    for (const { action, to } of state.edges) {
      if (action === "forbid" || places.has(to)) continue;
      places.set(to, met.length);
      met.push(to);
    }
  }
  const states = met.map((state): State => ({
    kind: state.kind,
    step: state.step,
    gap_ms: longestWait(state),
    edges: state.edges.map(({ action, to, guard, gap_ms = null }) => {
      return { action, to: places.get(to) ?? 0, guard, gap_ms };
    }),
  }));
  return { start: 0, states };
}

/** How long an event may be awaited in a state, or in one that it can be left for; null: as long as the whole lasts. */
function longestWait({ kind, gap_ms, leavable, edges }: Draft): number | null {
  if (kind === "final") return 0;
  if (gap_ms === null || !leavable) return gap_ms;
  const others = edges.flatMap(({ action, to }) => action === "skip" ? [longestWait(to)] : []);
  return others.reduce(
    (longest, one) => longest === null || one === null ? null : Math.max(longest, one),
    gap_ms,
  );
}
