/** What the routes of events, alerts, deliveries and the server say of themselves. */
import * as z from "zod";
import { NDJSON_TYPES } from "../../src/ingest/media_type.ts";
import type { Described, DescribedRoutes } from "./described.ts";
import { COMPONENTS as C, pageOf } from "./schemas.ts";

const cloudEvent = z.looseObject({
  specversion: z.string(),
  id: z.string(),
  source: z.string(),
  type: z.string(),
});
/** Beside JSON. CloudEvents in binary mode are told by their headers, whatever the type. */
const EVENT_MEDIA: Described["takes"] = {
  ...Object.fromEntries(NDJSON_TYPES.map((type) => [type, null])),
  "application/cloudevents+json": cloudEvent,
  "application/cloudevents-batch+json": z.array(cloudEvent),
};

export const ALERT_ROUTES: DescribedRoutes = {
  "POST /api/v1/events": {
    summary: "Take events: an object, a list, NDJSON or CloudEvents",
    query: ["topic", "partial"],
    body: C.EventsBody,
    takes: EVENT_MEDIA,
    answer: C.EventsTaken,
    status: 202,
  },
  "GET /api/v1/events": {
    summary: "Browse the log",
    query: ["topic", "from", "to", "from_offset", "limit", "cursor"],
    answer: pageOf(C.Event),
  },
  "GET /api/v1/topics": { summary: "List topics by name" },
  "GET /api/v1/topics/:topic": { summary: "Read the figures of a topic" },
  "GET /api/v1/log": { summary: "Tell how far the log reaches and what it lacks" },
  "GET /api/v1/alerts": {
    summary: "List alerts, newest first",
    query: ["rule_id", "severity", "status", "acked", "from", "to", "limit", "cursor"],
    answer: pageOf(C.Alert),
  },
  "GET /api/v1/alerts/stream": {
    summary: "Follow alerts as server-sent events",
    query: ["last_event_id"],
    media: "text/event-stream",
  },
  "GET /api/v1/alerts/summary": { summary: "Count alerts that nobody acknowledged", answer: C.AlertSummary },
  "GET /api/v1/alerts/:id": { summary: "Read an alert", answer: C.Alert },
  "POST /api/v1/alerts/:id/ack": { summary: "Acknowledge an alert", body: C.AckDraft, answer: C.Alert },
  "GET /api/v1/deliveries": { summary: "List deliveries, newest first", answer: pageOf(C.Delivery) },
  "GET /api/v1/deliveries/retries": { summary: "List what waits to be tried again" },
  "POST /api/v1/deliveries/redrive": {
    summary: "Send many deliveries again",
    body: C.RedriveDraft,
    answer: C.Redriven,
  },
  "GET /api/v1/deliveries/:id": { summary: "Read a delivery with its attempts", answer: C.Delivery },
  "POST /api/v1/deliveries/:id/redrive": { summary: "Send a delivery again", answer: C.Delivery },
  "GET /api/v1/exec-logs": { summary: "List what ran: actions and runs of rules" },
  "GET /api/v1/exec-logs/:id": { summary: "Read one run" },
  "GET /healthz": { summary: "Tell that the process serves" },
  "GET /readyz": { summary: "Tell whether the server is ready" },
  "GET /metrics": { summary: "Read metrics in the text format of Prometheus", media: "text/plain" },
  "GET /docs": { summary: "Read this document as a page", query: ["lang"], media: "text/html" },
  "GET /api/v1/openapi.json": { summary: "Read this document", etag: true },
};
