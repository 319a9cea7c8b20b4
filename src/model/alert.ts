/**
 * An alert: what a rule found. Its id is made of what caused it (SEMANTICS 21), never of how the log was
 * cut, so a replay makes the same one. It holds its evidence and needs no log afterwards.
 */
import { z } from "zod";
import type { JsonObject } from "../base/json.ts";

export const severitySchema = z.enum(["info", "warning", "error", "critical"]);
export type Severity = z.infer<typeof severitySchema>;

export const alertReasonSchema = z.enum([
  "match",
  "window",
  "pattern",
  "absence",
  "anomaly",
  "schedule",
  "manual",
]);
export type AlertReason = z.infer<typeof alertReasonSchema>;

const json = z.custom<JsonObject>((value) => typeof value === "object" && value !== null);
const instantText = z.string();

/**
 * One event of an alert's evidence; `event` is null, with `expired`, when retention passed it, and, with
 * `truncated`, when the alert's events together are too large to be kept.
 */
export const evidenceSchema = z.strictObject({
  offset: z.number().int(),
  event: json.nullable(),
  expired: z.boolean().optional(),
  truncated: z.boolean().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** The document as the API shows it and as receivers get it. Instants are RFC 3339 UTC with ms. */
export const alertSchema = z.strictObject({
  alert_id: z.string(),
  rule_id: z.string(),
  rule_name: z.string(),
  rule_version: z.number().int(),
  severity: severitySchema,
  status: z.enum(["firing", "resolved"]),
  reason: alertReasonSchema,
  key: json,
  event_time: instantText,
  fired_at: instantText,
  resolved_at: instantText.nullable(),
  window: z.strictObject({ start: instantText, end: instantText }).nullable(),
  values: json,
  /** The events of a pattern's match by the steps that took them; null for other rules. */
  match: z.record(z.string(), z.array(evidenceSchema)).nullable(),
  events: z.array(evidenceSchema),
  event_count: z.number().int(),
  title: z.string(),
  message: z.string(),
  labels: z.record(z.string(), z.string()),
  dedup_key: z.string(),
  metadata: json,
  revision: z.number().int(),
  degraded: z.boolean(),
  ack: z.boolean(),
  ack_at: instantText.nullable(),
  ack_by: z.string().nullable(),
});
export type Alert = z.infer<typeof alertSchema>;
