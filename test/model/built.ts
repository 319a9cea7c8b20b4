/** Every feature that documents can say: tests read rules as if all of them ran. */
import type { Feature } from "../../src/model/not_supported_yet.ts";

export const EVERYTHING: ReadonlySet<Feature> = new Set<Feature>([
  "windows",
  "aggregates",
  "watermarks",
  "pending and resolved alerts",
  "enrichments",
  "api_call enrichments",
  "anomaly rules",
  "schedules",
  "polled metrics",
  "endpoints of this server",
]);
