/** Every case by the name that `--only` takes, in the order they run. */
import type { BenchContext } from "../bench_context.ts";
import type { Figure } from "../figure.ts";
import { deviceRules, variedRules } from "../rules.ts";
import { backtestFigures } from "./backtest.ts";
import { deliveriesFigure } from "./deliveries.ts";
import { idleRuleFigure, startFigure } from "./idle_rules.ts";
import { type NdjsonCase, ndjsonFigure } from "./ndjson.ts";
import { renderFigure } from "./render.ts";
import { replayFigure } from "./replay.ts";
import { singlePostsFigure } from "./single_posts.ts";
import { webhookDelayFigure } from "./webhook_delay.ts";
import { hoppingFigures, keysFigures, manyWindowsFigures, percentileFigures } from "./windows.ts";

export type Case = (context: BenchContext) => Promise<Figure | readonly Figure[]>;

const ndjson = (one: () => NdjsonCase): Case => (context) => ndjsonFigure(context, one());
const varied = (count: number, at_least: number): Case =>
  ndjson(() => ({
    name: `NDJSON, ${count.toLocaleString("en")} rule${count === 1 ? "" : "s"}`,
    rules: variedRules(count),
    at_least,
  }));
const replay = (count: number): Case => (context) =>
  replayFigure(context, {
    name: `replay at start, ${count} rule${count === 1 ? "" : "s"}`,
    rules: variedRules(count),
  });

export const CASES: Readonly<Record<string, Case>> = {
  ndjson_1: varied(1, 0.6),
  ndjson_100: varied(100, 0.5),
  ndjson_1000: varied(1000, 0.3),
  ndjson_10000: ndjson(() => ({
    name: "NDJSON, 10,000 rules of which 10 can match",
    rules: deviceRules(10_000),
    at_least: 0.3,
  })),
  single: singlePostsFigure,
  webhook: webhookDelayFigure,
  deliveries: deliveriesFigure,
  render: renderFigure,
  windows_hopping: hoppingFigures,
  windows_keys: keysFigures,
  windows_100: manyWindowsFigures,
  windows_percentile: percentileFigures,
  backtest: backtestFigures,
  replay_1: replay(1),
  replay_100: replay(100),
  idle: idleRuleFigure,
  start: startFigure,
};
