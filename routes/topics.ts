/** GET /topics: what the log holds, by topic. */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import { notFound } from "../src/base/problem.ts";
import type { TopicSummary } from "../src/store/event_log.ts";
import { type Answer, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Query } from "./query.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

export function topicRoutes(routes: RouteTable, { deps }: RouteContext): void {
  const { log } = deps.store;

  routes.on("GET", "/api/v1/topics", async ({ query }) => topicPage(await log.topics(), query), {
    query: ["limit", "cursor"],
  });

  routes.on("GET", "/api/v1/topics/:topic", async (call) => {
    const name = call.param("topic");
    const topic = (await log.topics()).find((one) => one.topic === name);
    if (topic === undefined) throw notFound("topic", name);
    return ok(shownTopic(topic));
  });
}

/** By name, in the order of code units whatever store it is. */
function topicPage(topics: readonly TopicSummary[], query: Query): Answer {
  const after = decodeCursor("topics", query.text("cursor")) ?? "";
  const limit = query.limit();
  const rest = topics.filter(({ topic }) => topic > after).sort((a, b) => (a.topic < b.topic ? -1 : 1));
  const shown = rest.slice(0, limit);
  return page(
    shown.map(shownTopic),
    rest.length > limit ? encodeCursor("topics", shown.at(-1)!.topic) : null,
  );
}

function shownTopic({ topic, events, first_offset, last_offset, last_arrival }: TopicSummary): JsonObject {
  return { topic, events, first_offset, last_offset, last_received_at: instant(last_arrival) };
}
