/** /silences: what is kept quiet, for how long, and what a silence would cover before it is made. */
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import type { JsonObject } from "../src/base/json.ts";
import { notFound } from "../src/base/problem.ts";
import { matcherText } from "../src/model/matcher_text.ts";
import { expiredTimes, type Silence, silenceState, silenceTest } from "../src/model/silence.ts";
import { readSilence } from "../src/model/silence_draft.ts";
import { changeSilence } from "../src/notify/silence_change.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const SILENCES = "/api/v1/silences";
const SILENCE = `${SILENCES}/:id`;
const STATES = ["pending", "active", "expired"] as const;
/** The newest firing alerts that a preview looks at. */
const PREVIEW_ALERTS_MAX = 1000;

export function silenceRoutes(routes: RouteTable, context: RouteContext): void {
  const { desk, clock } = context.deps;
  routes.on("GET", SILENCES, ({ query }) => list(query, context), { query: ["state", "limit", "cursor"] });
  routes.on("POST", SILENCES, async ({ body }) => {
    const now = clock.now();
    const draft = readSilence(body, { now, id: randomId() });
    const { silence } = changeSilence(null, draft, { now, freshId: draft.silence_id });
    await desk.putSilences([silence]);
    const location = `${SILENCES}/${silence.silence_id}`;
    return { status: 201, body: shown(silence, now), headers: { location } };
  });
  routes.on("POST", `${SILENCES}/preview`, ({ body }) => preview(body, context));
  routes.on("GET", SILENCE, (call) => ok(shown(silenceOf(call, context), clock.now())));
  routes.on("PUT", SILENCE, async (call) => {
    const old = silenceOf(call, context);
    const now = clock.now();
    const draft = readSilence({ starts_at: instant(old.starts_at), ...call.body }, {
      now,
      id: old.silence_id,
    });
    const { silence, ended } = changeSilence(old, draft, { now, freshId: randomId() });
    await desk.putSilences(ended === null ? [silence] : [ended, silence]);
    const replaced = silence.silence_id === old.silence_id ? null : old.silence_id;
    return ok({ ...shown(silence, now), replaced });
  });
  routes.on("POST", `${SILENCE}/expire`, async (call) => ok(await expire(call, context)), {
    body: "optional",
  });
  routes.on("DELETE", SILENCE, async (call) => {
    await expire(call, context);
    return noContent;
  });
}

/** By creation, the newest first. */
function list(query: Query, { deps: { desk, clock } }: RouteContext): Answer {
  const now = clock.now();
  const state = query.oneOf("state", STATES);
  const after = decodeCursor("silences", query.text("cursor"));
  const all = desk.silences().toReversed().filter((one) =>
    state === undefined || silenceState(one, now) === state
  );
  const from = after === undefined ? 0 : all.findIndex(({ silence_id }) => silence_id === after) + 1;
  const limit = query.limit();
  const items = all.slice(from, from + limit);
  const next = all.length > from + limit ? encodeCursor("silences", items.at(-1)!.silence_id) : null;
  return page(items.map((silence) => shown(silence, now)), next);
}

async function expire(call: Call, context: RouteContext): Promise<JsonObject> {
  const { desk, clock } = context.deps;
  const old = silenceOf(call, context);
  const now = clock.now();
  const ended: Silence = { ...old, ...expiredTimes(old, now) };
  if (ended.ends_at !== old.ends_at) await desk.putSilences([{ ...ended, updated_at: now }]);
  return shown(ended, now);
}

async function preview(body: JsonObject, { deps }: RouteContext): Promise<Answer> {
  const now = deps.clock.now();
  const draft = readSilence({ duration: "1h", ...body }, { now, id: "preview" });
  const matches = silenceTest(draft);
  const { effects } = deps.store;
  let [examined, before]: [number, number | null] = [0, null];
  const matched: JsonObject[] = [];
  do {
    const found: Awaited<ReturnType<typeof effects.alerts>> = await effects.alerts({
      ...{ status: "firing", limit: 200 },
      ...(before !== null && { before }),
    });
    examined += found.items.length;
    for (const { alert } of found.items.filter(({ alert }) => matches(alert.labels))) {
      const { alert_id, rule_id, severity, title, labels, fired_at } = alert;
      matched.push({ alert_id, rule_id, severity, title, labels, fired_at });
    }
    before = found.next;
  } while (before !== null && examined < PREVIEW_ALERTS_MAX);
  return ok({ matched: matched.length, examined, alerts: matched.slice(0, 100) });
}

function silenceOf(call: Call, { deps }: RouteContext): Silence {
  const found = deps.desk.silences().find(({ silence_id }) => silence_id === call.param("id"));
  if (found === undefined) throw notFound("silence", call.param("id"));
  return found;
}

function shown(silence: Silence, now: number): JsonObject {
  const { silence_id, matcher_sets, schedule, created_by, comment } = silence;
  return {
    silence_id,
    matcher_sets: matcher_sets.map((set) => set.map(matcherText)),
    starts_at: instant(silence.starts_at),
    ends_at: instant(silence.ends_at),
    schedule,
    state: silenceState(silence, now),
    created_by,
    comment,
    updated_at: instant(silence.updated_at),
  };
}
