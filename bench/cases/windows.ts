/**
 * Windowed rules through the whole server: NDJSON as in ndjson.ts, beside F1, until the rules have applied it.
 * Every round brings fresh event times, so none is late: one that was would cost less, and is counted in `late`. Servers that are to be compared take the same rounds in turn.
 */
import type { JsonObject } from "../../src/base/json.ts";
import type { BenchContext } from "../bench_context.ts";
import { DEVICES } from "../events.ts";
import { type Figure, type Floor, median, type Target } from "../figure.ts";
import { saveRules, untilRunning } from "../running_rules.ts";
import type { TestedServer } from "../tested_server.ts";
import {
  floorRate,
  prepareBodies,
  prepareFloor,
  type Round,
  roundEvents,
  seenBeside,
  upload,
} from "../upload.ts";
import { everyDeviceRule, hoppingRule, manyWindowRules, noKeyRule, percentileRule } from "../window_rules.ts";

/** One, so that bodies come in the order of their event times. */
const CONNECTIONS = 1;
const SLIDES = [1, 10, 100, 1000];
const MANY_RULES = 100;

/** Rules on a server of their own. */
interface Tried {
  name: string;
  rules: readonly JsonObject[];
}

interface Course {
  /** Rounds that are not counted. */
  unmeasured?: number;
  rounds?: number;
  devices?: number;
}

interface Seen {
  rates: number[];
  also: Record<string, number>;
  resident: number;
}

interface Findings {
  floor: Floor;
  seen: readonly Seen[];
}

const ofF1 = (at_least: number): Target => ({ of: "ratio", at_least });

/** Windows of a fixed slide: the longer ones beside the shortest. */
export async function hoppingFigures(context: BenchContext): Promise<Figure[]> {
  const tried = SLIDES.map((slides) => ({ name: hoppingName(slides), rules: [hoppingRule(slides)] }));
  const { floor, seen } = await run(context, tried);
  const shortest: Floor = { name: "1 slide", value: median(seen[0]!.rates) };
  return seen.map((one, i) =>
    i === 0
      ? rateFigure(tried[i]!.name, one, { floor, target: ofF1(0.6) })
      : rateFigure(tried[i]!.name, one, { floor: shortest, target: ofF1(0.8) })
  );
}

function hoppingName(slides: number): string {
  return `windows of ${slides.toLocaleString("en")} slide${slides === 1 ? "" : "s"}`;
}

/** Resident bytes of a key: beyond a server that took the same events and has no keys. */
export async function keysFigures(context: BenchContext): Promise<Figure[]> {
  const { keys, filling_rounds } = context.sizes;
  const name = `windows of ${keys.toLocaleString("en")} keys`;
  const tried = [{ name: "no key", rules: [noKeyRule()] }, { name, rules: [everyDeviceRule()] }];
  const { floor, seen } = await run(context, tried, { devices: keys, unmeasured: filling_rounds });
  const [none, all] = seen as [Seen, Seen];
  const held = all.also["keys"]!;
  const resident = (all.resident - none.resident) / held;
  return [
    rateFigure(name, all, { floor, target: ofF1(0.6) }),
    {
      name: "a key of them, resident",
      value: resident,
      unit: "bytes",
      floor: null,
      target: { of: "value", at_most: 400 },
      rounds: [resident],
      also: { keys: held, counted_bytes: all.also["state_bytes"]! / held, no_key_rate: median(none.rates) },
    },
  ];
}

export async function manyWindowsFigures(context: BenchContext): Promise<Figure[]> {
  const tried = { name: `windows of ${MANY_RULES} rules`, rules: manyWindowRules(MANY_RULES) };
  const { floor, seen } = await run(context, [tried]);
  return seen.map((one) => rateFigure(tried.name, one, { floor, target: ofF1(0.5) }));
}

export async function percentileFigures(context: BenchContext): Promise<Figure[]> {
  const { percentile_rounds } = context.sizes;
  const values = (1 + percentile_rounds) * roundEvents(context);
  const tried = { name: `percentile of ${values.toLocaleString("en")} values`, rules: [percentileRule()] };
  const { floor, seen } = await run(context, [tried], { rounds: percentile_rounds });
  return seen.map((one) => rateFigure(tried.name, one, { floor, target: ofF1(0.6) }));
}

function rateFigure(
  name: string,
  { rates, also }: Seen,
  { floor, target }: { floor: Floor; target: Target },
): Figure {
  return { name, value: median(rates), unit: "events/s", floor, target, rounds: rates, also };
}

async function run(
  context: BenchContext,
  tried: readonly Tried[],
  { unmeasured = 1, rounds = context.sizes.rounds, devices = DEVICES }: Course = {},
): Promise<Findings> {
  await using servers = new AsyncDisposableStack();
  const live: { server: TestedServer; ids: string[]; rounds: Round[] }[] = [];
  for (const { rules } of tried) {
    const server = servers.use(await context.server());
    live.push({ server, ids: await saveRules(context.clock, server, rules), rounds: [] });
  }
  const span = roundEvents(context);
  const first = context.clock.now() - (unmeasured + rounds) * span;
  await prepareFloor(context, { start: first, devices });
  const floors: number[] = [];
  for (let i = 0; i < unmeasured + rounds; i++) {
    await prepareBodies(context, { start: first + i * span, seed: 1 + i * context.sizes.bodies, devices });
    const floor = await floorRate(context);
    if (i >= unmeasured) floors.push(floor);
    for (const one of inTurn(live, i)) {
      const round = await upload(context, { server: one.server, connections: CONNECTIONS });
      if (i >= unmeasured) one.rounds.push(round);
    }
  }
  const seen: Seen[] = [];
  for (const one of live) seen.push(await seenOf(context, one));
  return { floor: { name: "F1", value: median(floors) }, seen };
}

/** Whoever comes first finds the disk at rest: not always the same. */
function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

async function seenOf(
  context: BenchContext,
  { server, ids, rounds }: { server: TestedServer; ids: readonly string[]; rounds: readonly Round[] },
): Promise<Seen> {
  await untilRunning(context.clock, server, ids);
  const resident = server.residentBytes() ?? NaN;
  const beside = await seenBeside(server, rounds);
  let [keys, state_bytes, late] = [0, 0, 0];
  for (const id of ids) {
    const state = await server.call("GET", `/api/v1/rules/${id}/state`);
    keys += Number(state["keys"]);
    state_bytes += Number(state["state_bytes"]);
    late += Number((state["counters"] as JsonObject)["late"] ?? 0);
  }
  return { rates: rounds.map(({ rate }) => rate), also: { ...beside, keys, state_bytes, late }, resident };
}
