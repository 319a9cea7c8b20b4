/**
 * The members of an anomaly rule: a value that lies far from the last ones of its key. Parameters that a
 * method does not use are accepted; alpha is clamped as the reference system does.
 */
import * as z from "zod";
import { numberOfText } from "../base/numeric.ts";
import { closedObject } from "./closed_object.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";
import { readAs, type Report } from "./read_as.ts";

export type AnomalyMethod = "zscore" | "iqr" | "ema";

export interface Anomaly {
  method: AnomalyMethod;
  path: string;
  /** zscore and ema: deviations; strictly above is an anomaly. */
  threshold: number;
  /** iqr: ranges beyond the quartiles. */
  multiplier: number;
  /** ema: weight of the newest value. */
  alpha: number;
  /** Values per key that a test looks at. */
  baseline_window: number;
  /** What every key starts with, oldest first. */
  baseline_values: readonly number[];
}

export const BASELINE_WINDOW_DEFAULT = 100;
export const BASELINE_WINDOW_MAX = 1_000;
export const BASELINE_VALUES_MAX = 10_000;
const ALPHA = { min: 0.01, max: 1, default: 0.3 };
const METHODS: readonly AnomalyMethod[] = ["zscore", "iqr", "ema"];

const number = z.unknown().transform((given, ctx): number | null => {
  if (given === undefined || given === null) return null;
  const value = numeric(given);
  if (!Number.isNaN(value)) return value;
  const message = `Cannot use ${shown(given)}: expected a number`;
  ctx.addIssue({ code: "custom", message, params: { code: "invalid_type" } });
  return null;
}).optional();

const configSchema = readAs(
  closedObject({ threshold: number, multiplier: number, alpha: number }),
  (config, report) => {
    for (const name of ["threshold", "multiplier"] as const) {
      const value = config[name];
      if (typeof value === "number" && value < 0) {
        report([name], "out_of_range", `Cannot use ${value} as ${name}: expected at least 0`);
      }
    }
    return config;
  },
);

export const anomalyMembers = {
  anomaly_method: z.unknown().optional(),
  anomaly_config: configSchema.nullish(),
  baseline_values: z.array(z.unknown()).max(BASELINE_VALUES_MAX).nullish(),
  baseline_window: z.int().min(1).max(BASELINE_WINDOW_MAX).nullish(),
};
type AnomalyMembers = z.output<z.ZodObject<typeof anomalyMembers>>;

/** @param path the value_path of the rule */
export function readAnomaly(members: AnomalyMembers, path: string | null, report: Report): Anomaly {
  if (path === null) report(["value_path"], "required", "value_path is required");
  const config = members.anomaly_config;
  const baseline_window = members.baseline_window ?? BASELINE_WINDOW_DEFAULT;
  const seed = (members.baseline_values ?? []).map(numeric).filter((value) => !Number.isNaN(value));
  return {
    method: readMethod(members.anomaly_method, report),
    path: path ?? "",
    threshold: config?.threshold ?? 3,
    multiplier: config?.multiplier ?? 1.5,
    alpha: Math.min(ALPHA.max, Math.max(ALPHA.min, config?.alpha ?? ALPHA.default)),
    baseline_window,
    baseline_values: seed.slice(-baseline_window),
  };
}

function readMethod(given: unknown, report: Report): AnomalyMethod {
  if (given === undefined || given === null) return "zscore";
  const name = typeof given === "string" ? given.trim().toLowerCase() : "";
  const known = METHODS.find((method) => method === name);
  if (known !== undefined) return known;
  const nearest = nearestName(name, METHODS);
  const message = `Unsupported anomaly method ${shown(given)}: did you mean "${nearest}"?`;
  report(["anomaly_method"], "unsupported_method", message);
  return "zscore";
}

/** Numbers and numeric text; NaN for all else. */
function numeric(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOfText(value) : NaN;
}
