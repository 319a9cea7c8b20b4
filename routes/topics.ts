/** GET /topics: what the log holds, by topic. */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import { notFound } from "../src/base/problem.ts";
import type { TopicSummary } from "../src/store/event_log.ts";
import { ok, page } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

export function topicRoutes(routes: RouteTable, { deps }: RouteContext): void {
  const { log } = deps.store;

  routes.on("GET", "/api/v1/topics", async () => page((await log.topics()).map(shownTopic), null));

  routes.on("GET", "/api/v1/topics/:topic", async (call) => {
    const name = call.param("topic");
    const topic = (await log.topics()).find((one) => one.topic === name);
    if (topic === undefined) throw notFound("topic", name);
    return ok(shownTopic(topic));
  });
}

function shownTopic({ topic, events, first_offset, last_offset, last_arrival }: TopicSummary): JsonObject {
  return { topic, events, first_offset, last_offset, last_received_at: instant(last_arrival) };
}
