/** POST /events and GET /events. */
import { instant } from "../src/base/event_time.ts";
import type { Metrics } from "../src/base/metrics.ts";
import { badRequest } from "../src/base/problem.ts";
import type { Receipt } from "../src/ingest/intake.ts";
import { refuseEncoded } from "../src/ingest/media_type.ts";
import { type ParsedEvents, parseEvents } from "../src/ingest/parse.ts";
import { TOPIC_CHARACTERS_MAX } from "../src/model/topics.ts";
import type { LogRecord } from "../src/store/event_log.ts";
import { jsonResponse } from "./answer.ts";
import { encodeCursor, numberCursor } from "./cursor.ts";
import { given } from "./given.ts";
import type { ReplySlot } from "./idempotency.ts";
import { Query } from "./query.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";
import { TextPage } from "./text_page.ts";

const PATH = "/api/v1/events";
const TOPIC_DEFAULT = "default";
const ACCEPTED = 202;
/** One read of the log while a page is filled. */
const READ_LIMIT = { records: 64, bytes: 4 * 1024 * 1024 };
const decoder = new TextDecoder();

export function eventRoutes(routes: RouteTable, context: RouteContext): void {
  const counted = countersOf(context.deps.metrics);
  routes.raw("POST", PATH, (request) => postEvents(request, context, counted));
  routes.raw("GET", PATH, (request) => browse(request, context));
}

interface Counted {
  accepted: { add(n: number): void };
  rejected: { add(n: number): void };
}

function countersOf(metrics: Metrics): Counted {
  const accepted = metrics.counter("tocsin_events_accepted_total", "Events written to the log.");
  const rejected = metrics.counter(
    "tocsin_events_rejected_total",
    "Faulty events left out, with partial=true.",
  );
  return { accepted: accepted.of({}), rejected: rejected.of({}) };
}

/** The hot path: what a request does not ask for costs it nothing. */
async function postEvents(request: Request, context: RouteContext, counted: Counted): Promise<Response> {
  const { deps, budget, stalls, idempotency } = context;
  const query = Query.of(request.url, ["topic", "partial"]);
  const topic = topicOf(query);
  const partial = query.boolean("partial") === true;
  refuseEncoded(request.headers);
  const keyed = idempotency.begin(request, PATH);
  deps.intake.admit();
  const lease = budget.open();
  try {
    const hash = keyed?.hash ?? null;
    const parsed = await parseEvents(request, { clock: deps.clock, lease, stalls, hash, partial });
    const submit = async (slot: ReplySlot | null) => {
      const response = await submitEvents(context, topic, { parsed, partial, slot });
      counted.accepted.add(parsed.slices.reduce((sum, slice) => sum + slice.events.length, 0));
      counted.rejected.add(parsed.rejected);
      return response;
    };
    return keyed === null ? await submit(null) : await idempotency.run(keyed, submit);
  } finally {
    lease.release();
  }
}

async function submitEvents(
  { deps }: RouteContext,
  topic: string,
  { parsed, partial, slot }: { parsed: ParsedEvents; partial: boolean; slot: ReplySlot | null },
): Promise<Response> {
  const body = (receipt: Receipt | null) => receiptText(receipt, partial ? parsed : null);
  if (parsed.slices.length === 0) return jsonResponse(body(null), ACCEPTED);
  const reply = slot === null
    ? undefined
    : { key: slot.key, request: slot.request, status: ACCEPTED, body: (receipt: Receipt) => body(receipt) };
  const receipt = await deps.intake.submit(topic, parsed.slices, reply);
  if (slot !== null) slot.committed = true;
  return jsonResponse(body(receipt), ACCEPTED);
}

function receiptText(receipt: Receipt | null, partial: ParsedEvents | null): string {
  const { accepted, duplicates, first_offset, last_offset } = receipt ?? NOTHING_ACCEPTED;
  return JSON.stringify({
    accepted,
    duplicates,
    first_offset,
    last_offset,
    ...(partial && { rejected: partial.rejected, errors: partial.errors }),
  });
}

const NOTHING_ACCEPTED = { accepted: 0, duplicates: 0, first_offset: null, last_offset: null };

function topicOf(query: Query): string {
  const topic = query.text("topic") ?? TOPIC_DEFAULT;
  if (topic.length > TOPIC_CHARACTERS_MAX || !topic.isWellFormed()) {
    throw badRequest(
      "bad_topic",
      `Cannot use the topic: expected at most ${TOPIC_CHARACTERS_MAX} characters`,
    );
  }
  if (topic.startsWith("_")) {
    throw badRequest(
      "topic_reserved",
      `Cannot post to topic ${JSON.stringify(topic)}: names that start with "_" are the product's own`,
    );
  }
  return topic;
}

/** Events in the order of the log, as they were received. */
async function browse(request: Request, { deps }: RouteContext): Promise<Response> {
  const query = Query.of(request.url, ["topic", "from", "to", "from_offset", "limit", "cursor"]);
  const limit = query.limit();
  const filter = given({
    topic: query.text("topic"),
    from_time: query.time("from"),
    to_time: query.time("to"),
  });
  const start = query.integer("from_offset", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
  let from = numberCursor("events", query.text("cursor")) ?? start;
  const page = new TextPage(limit);
  while (!page.full) {
    const records = await deps.store.log.browse({ ...filter, from_offset: from, limit: READ_LIMIT });
    if (records.length === 0) break;
    for (const record of records) {
      if (!page.full) from = addEvents(page, record, from);
    }
  }
  const isLast = !page.full || from >= deps.store.log.next;
  return page.respond(isLast ? null : encodeCursor("events", from));
}

/** Adds what of a record belongs on the page; answers the offset to go on from. */
function addEvents(page: TextPage, record: LogRecord, from: number): number {
  const { first, count, topic, body, lines } = record;
  let offset = Math.max(from, first);
  const head = `"topic":${JSON.stringify(topic)},"received_at":"${instant(record.arrival)}"`;
  for (; offset < first + count; offset++) {
    const i = offset - first;
    // The bytes as received: numbers keep their digits.
    const event = body.subarray(lines[i], lines[i + 1]! - 1);
    if (!page.takes(event.length)) break;
    page.add(`{"offset":${offset},${head},"event":${decoder.decode(event)}}`, event.length);
  }
  return offset;
}
