/**
 * The three methods (test/vectors/compat/anomaly.json holds their formulas): is `value` unlike the values
 * before it? Each looks at the whole baseline anew, oldest first, so a result depends on the values alone,
 * never on what was evicted before or where a state was restored. Pure but for iqr, which reorders the
 * array that it is given.
 *
 * Numbers in details are rounded to 4 digits, but for what the rule or the event said. What overflows
 * is shown as the largest number, what cannot be computed as 0: results are always finite.
 */
import { assertNever } from "../../base/assert.ts";
import type { JsonObject } from "../../base/json.ts";
import type { AnomalyPlan } from "../plan.ts";
import { least, select } from "./_select.ts";

export interface AnomalyResult {
  is_anomaly: boolean;
  /** How far out: standard deviations, or times the interquartile range beyond its bound. */
  score: number;
  method: AnomalyPlan["method"];
  details: JsonObject;
}

/** What a test looks at. */
export interface Sample {
  /** Oldest first; a method may reorder it. */
  values: Float64Array;
  current: number;
}

/** Least values of a baseline. */
const VALUES_MIN = { zscore: 2, iqr: 4, ema: 2 } as const;
/** A spread of zero divides by this (iqr and ema). */
const SPREAD_MIN = 1e-10;
const ALPHA = { min: 0.01, max: 1 } as const;

export function testAnomaly(plan: AnomalyPlan, sample: Sample): AnomalyResult {
  const min_required = VALUES_MIN[plan.method];
  if (sample.values.length < min_required) {
    const details = { reason: "insufficient_data", min_required };
    return { is_anomaly: false, score: 0, method: plan.method, details };
  }
  switch (plan.method) {
    case "zscore":
      return zscore(plan, sample);
    case "iqr":
      return iqr(plan, sample);
    case "ema":
      return ema(plan, sample);
    default:
      return assertNever(plan.method);
  }
}

function zscore({ threshold }: AnomalyPlan, { values, current }: Sample): AnomalyResult {
  const { mean, std } = spread(values);
  const score = std === 0 ? 0 : finite(Math.abs(current - mean) / std);
  return {
    is_anomaly: score > threshold,
    score,
    method: "zscore",
    details: {
      mean: rounded(mean),
      std: rounded(std),
      threshold,
      z_score: rounded(score),
      current_value: current,
      sample_size: values.length,
    },
  };
}

/**
 * Mean and sample standard deviation in two passes. The second corrects for what the mean lost to rounding
 * (Chan, Golub, LeVeque 1983, "corrected two-pass"). Equal values have no spread, also where their mean is
 * not exactly their value.
 */
function spread(values: Float64Array): { mean: number; std: number } {
  const first = values[0]!;
  let sum = 0;
  let same = true;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    same &&= values[i] === first;
  }
  if (same) return { mean: first, std: 0 };
  const mean = sum / values.length;
  let squares = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const off = values[i]! - mean;
    squares += off * off;
    lost += off;
  }
  const variance = (squares - lost * lost / values.length) / (values.length - 1);
  return { mean: finite(mean), std: finite(Math.sqrt(Math.max(variance, 0))) };
}

function iqr({ multiplier }: AnomalyPlan, { values, current }: Sample): AnomalyResult {
  const q1 = quantile(values, 0.25, 0);
  const q3 = quantile(values, 0.75, Math.floor(0.25 * (values.length - 1)) + 1);
  const range = finite(q3 - q1);
  const lower = finite(q1 - multiplier * range);
  const upper = finite(q3 + multiplier * range);
  const beyond = Math.max(lower - current, current - upper, 0);
  return {
    is_anomaly: beyond > 0,
    score: rounded(finite(beyond / Math.max(range, SPREAD_MIN))),
    method: "iqr",
    details: {
      q1: rounded(q1),
      q3: rounded(q3),
      iqr: rounded(range),
      lower_bound: rounded(lower),
      upper_bound: rounded(upper),
      multiplier,
      current_value: current,
      sample_size: values.length,
    },
  };
}

/**
 * Linear interpolation between the two values next to p * (n - 1) of the sorted ones. What stands before
 * `from` is known to be no larger than the rest.
 */
function quantile(values: Float64Array, p: number, from: number): number {
  const at = p * (values.length - 1);
  const low = Math.floor(at);
  const below = select(values, low, from);
  return at === low ? below : finite(below + (least(values, low + 1) - below) * (at - low));
}

function ema(plan: AnomalyPlan, { values, current }: Sample): AnomalyResult {
  const alpha = Math.min(Math.max(plan.alpha, ALPHA.min), ALPHA.max);
  let average = values[0]!;
  let variance = 0;
  for (let i = 1; i < values.length; i++) {
    average = alpha * values[i]! + (1 - alpha) * average;
    // From the average that already knows the value, as the reference system has it.
    const off = values[i]! - average;
    variance = alpha * off * off + (1 - alpha) * variance;
  }
  const std = finite(Math.sqrt(variance));
  const deviation = finite(Math.abs(current - average));
  const score = finite(deviation / Math.max(std, SPREAD_MIN));
  return {
    is_anomaly: score > plan.threshold,
    score: rounded(score),
    method: "ema",
    details: {
      ema: rounded(average),
      ema_std: rounded(std),
      deviation: rounded(deviation),
      alpha,
      threshold: plan.threshold,
      current_value: current,
      sample_size: values.length,
    },
  };
}

function finite(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** To 4 digits; a number too large to have any stays as it is. */
function rounded(value: number): number {
  // + 0: there is one zero.
  return (Math.abs(value) >= 1e11 ? value : Math.round(value * 1e4) / 1e4) + 0;
}
