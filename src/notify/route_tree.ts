/**
 * The tree of routes as alerts walk it: depth first, left to right. A node takes an alert when all its
 * matchers hold; its children are tried in order, and the first that takes the alert ends the search among its
 * brothers unless it says `continue`; a node none of whose children took it receives it itself. What a node
 * does not say it inherits, but for its time intervals. Pure.
 */
import { type Labels, type LabelTest, labelTest } from "../model/matcher.ts";
import { matchersText } from "../model/matcher_text.ts";
import { GROUP_BY_ALL, type RouteSpec } from "../model/routing.ts";

export interface RouteNode {
  /** Parent's id, matchers, index among its brothers: stable while the tree above it is. */
  id: string;
  path: number[];
  receiver: string;
  group_by: readonly string[] | "all";
  group_wait_ms: number;
  group_interval_ms: number;
  repeat_interval_ms: number;
  mute: readonly string[];
  active: readonly string[];
  continues: boolean;
  matches: LabelTest;
  routes: RouteNode[];
}

const ROOT = {
  ...{ receiver: "", group_by: [], group_wait_ms: 30_000, group_interval_ms: 300_000 },
  repeat_interval_ms: 14_400_000,
};

type Inherited = Pick<
  RouteNode,
  "receiver" | "group_by" | "group_wait_ms" | "group_interval_ms" | "repeat_interval_ms"
>;

export function compileRoutes(root: RouteSpec): RouteNode {
  return compileNode(root, { inherited: ROOT, id: "", path: [] });
}

/** The nodes that take an alert, in order; never none. */
export function matchRoutes(node: RouteNode, labels: Labels): RouteNode[] {
  if (!node.matches(labels)) return [];
  const taken: RouteNode[] = [];
  for (const child of node.routes) {
    const by = matchRoutes(child, labels);
    taken.push(...by);
    if (by.length > 0 && !child.continues) break;
  }
  return taken.length > 0 ? taken : [node];
}

/** Every node, in the order of visits. */
export function* walkRoutes(node: RouteNode): Generator<RouteNode> {
  yield node;
  for (const child of node.routes) yield* walkRoutes(child);
}

/** The labels that a group of this node shares. */
export function groupLabels(
  { group_by }: Pick<RouteNode, "group_by">,
  labels: Labels,
): Record<string, string> {
  const names = group_by === "all" ? Object.keys(labels) : group_by;
  const shared = names.filter((name) => Object.hasOwn(labels, name)).toSorted();
  return Object.fromEntries(shared.map((name) => [name, labels[name]!]));
}

function compileNode(
  spec: RouteSpec,
  { inherited, id: above, path }: { inherited: Inherited; id: string; path: number[] },
): RouteNode {
  const matchers = spec.matchers ?? [];
  const index = path.at(-1);
  const id = index === undefined ? matchersText(matchers) : `${above}/${matchersText(matchers)}/${index}`;
  const own: Inherited = {
    receiver: spec.receiver || inherited.receiver,
    group_by: groupBy(spec.group_by) ?? inherited.group_by,
    group_wait_ms: spec.group_wait ?? inherited.group_wait_ms,
    group_interval_ms: spec.group_interval ?? inherited.group_interval_ms,
    repeat_interval_ms: spec.repeat_interval ?? inherited.repeat_interval_ms,
  };
  return {
    id,
    path,
    ...own,
    mute: spec.mute_time_intervals ?? [],
    active: spec.active_time_intervals ?? [],
    continues: spec.continue ?? false,
    matches: labelTest(matchers),
    routes: (spec.routes ?? []).map((child, i) =>
      compileNode(child, { inherited: own, id, path: [...path, i] })
    ),
  };
}

function groupBy(names: readonly string[] | null | undefined): RouteNode["group_by"] | undefined {
  return names?.includes(GROUP_BY_ALL) ? "all" : names ?? undefined;
}
