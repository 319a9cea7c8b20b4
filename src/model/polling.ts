/** The members of a metric or anomaly rule that say where its value is polled. */
import * as z from "zod";
import { isOwn } from "../base/own_endpoint.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { readDuration } from "./duration_text.ts";
import { shown } from "./faults.ts";
import type { Report } from "./read_as.ts";
import type { TriggerType } from "./trigger_type.ts";

export interface Polling {
  endpoint: string;
  method: "GET" | "POST";
  params: JsonObject;
  interval_ms: number;
  timeout_ms: number;
}

export const POLL_INTERVAL_MS_DEFAULT = 60_000;
export const POLL_TIMEOUT_MS_DEFAULT = 5_000;
const INTERVAL = { names: ["interval", "interval_seconds"], min: 1_000, max: 86_400_000 };
const TIMEOUT = { names: ["timeout_ms"], min: 1, max: 60_000 };

export const pollingMembers = {
  endpoint: z.string().min(1).nullish(),
  method: z.unknown().optional(),
  params: z.unknown().optional(),
  timeout_ms: z.unknown().optional(),
  interval: z.unknown().optional(),
  interval_seconds: z.unknown().optional(),
};

interface PollingMembers {
  endpoint?: string | null | undefined;
  method?: unknown;
  params?: unknown;
  source?: string | null | undefined;
}

/** What to poll; null when the value comes from events. */
export function readPolling(
  members: PollingMembers & Readonly<Record<string, unknown>>,
  type: TriggerType,
  report: Report,
): Polling | null {
  const method = readMethod(members.method, report);
  const params = readParams(members.params, report);
  const timeout_ms = readDuration(members, TIMEOUT, report) ?? POLL_TIMEOUT_MS_DEFAULT;
  // In a schedule the interval is its own.
  const interval_ms = type === "schedule" ? null : readDuration(members, INTERVAL, report);
  const { endpoint, source } = members;
  if (endpoint === undefined || endpoint === null || source === "payload") return null;
  // Where nothing is said, a metric is polled and an anomaly rule reads events (compat).
  if (type !== "metric" && (source === undefined || source === null)) return null;
  if (source !== undefined && source !== null && source !== "runtime") {
    const message = `Unsupported metric source ${shown(source)}: expected "runtime" or "payload"`;
    report(["source"], "unsupported_source", message);
  }
  if (!isOwn(endpoint) && !isHttpUrl(endpoint)) {
    report(["endpoint"], "invalid_value", `Cannot poll ${shown(endpoint)}: expected an http or https URL`);
  }
  return { endpoint, method, params, interval_ms: interval_ms ?? POLL_INTERVAL_MS_DEFAULT, timeout_ms };
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:");
}

/** GET unless said; POST is the other one. */
export function readMethod(given: unknown, report: Report): "GET" | "POST" {
  if (given === undefined || given === null) return "GET";
  const method = typeof given === "string" ? given.trim().toUpperCase() : "";
  if (method === "GET" || method === "POST") return method;
  report(["method"], "invalid_value", `method must be GET or POST: current value is ${shown(given)}`);
  return "GET";
}

export function readParams(given: unknown, report: Report): JsonObject {
  if (given === undefined || given === null) return {};
  if (isObject(given)) return given;
  report(["params"], "invalid_type", `params must be an object: current value is ${shown(given)}`);
  return {};
}
