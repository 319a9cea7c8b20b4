/** The members of a metric rule that say where its value is polled. */
import * as z from "zod";
import { isObject, type JsonObject } from "../base/json.ts";
import { shown } from "./faults.ts";
import { NOT_SUPPORTED_YET } from "./not_supported_yet.ts";
import type { Report } from "./read_as.ts";
import type { Purpose } from "./trigger.ts";

export interface Polling {
  endpoint: string;
  method: "GET" | "POST";
  params: JsonObject;
}

export const pollingMembers = {
  endpoint: z.string().min(1).nullish(),
  method: z.unknown().optional(),
  params: z.unknown().optional(),
};

interface PollingMembers {
  endpoint?: string | null | undefined;
  method?: unknown;
  params?: unknown;
  source?: string | null | undefined;
}

/** What to poll; null when the value comes from events. */
export function readPolling(members: PollingMembers, purpose: Purpose, report: Report): Polling | null {
  const method = readMethod(members.method, report);
  const params = readParams(members.params, report);
  const { endpoint, source } = members;
  if (endpoint === undefined || endpoint === null || source === "payload") return null;
  if (source !== undefined && source !== null && source !== "runtime") {
    const message = `Unsupported metric source ${shown(source)}: expected "runtime" or "payload"`;
    report(["source"], "unsupported_source", message);
  }
  if (purpose === "save") {
    report(["endpoint"], NOT_SUPPORTED_YET, `Cannot use "endpoint": polled metrics are not supported yet`);
  }
  return { endpoint, method, params };
}

function readMethod(given: unknown, report: Report): "GET" | "POST" {
  if (given === undefined || given === null) return "GET";
  const method = typeof given === "string" ? given.trim().toUpperCase() : "";
  if (method === "GET" || method === "POST") return method;
  report(["method"], "invalid_value", `method must be GET or POST: current value is ${shown(given)}`);
  return "GET";
}

function readParams(given: unknown, report: Report): JsonObject {
  if (given === undefined || given === null) return {};
  if (isObject(given)) return given;
  report(["params"], "invalid_type", `params must be an object: current value is ${shown(given)}`);
  return {};
}
