/** What the routes of events, alerts, deliveries and the server say of themselves. */
import type { DescribedRoutes } from "./described.ts";
import { COMPONENTS as C, pageOf } from "./schemas.ts";

export const ALERT_ROUTES: DescribedRoutes = {
  "POST /api/v1/events": {
    summary: "Take events: an object, a list, NDJSON or CloudEvents",
    query: ["topic", "partial"],
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
  "POST /api/v1/alerts/:id/ack": { summary: "Acknowledge an alert", answer: C.Alert },
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
  "GET /api/v1/openapi.json": { summary: "Read this document" },
};
