/**
 * A hundred rules of three conditions, each written twice: as the document that the server gets, and as plain
 * code that says the same. The events leave fields out, hold null, and write numbers as text, since that is
 * where two readings of a condition part ways.
 */

export interface MillionEvent {
  timestamp: number;
  env: string;
  host: string;
  service: string;
  path: string;
  message: string;
  status: number | string;
  cpu?: number | null;
  latency?: number;
}

export interface TwiceWritten {
  document: Record<string, unknown>;
  matches(event: MillionEvent): boolean;
  /** 0: none, and no group_by. */
  cooldownMs: number;
}

const ENVS = ["prod", "prod", "stage", "test"];
const WORDS = ["request timed out", "disk nearly full", "all well", "retrying later", "out of memory"];
const TIME_FIRST = Date.UTC(2026, 0, 1);
export const SERVICES = 25;
export const HOSTS = 40;

/** The event of number `i`, the same at each call. */
export function millionEvent(i: number): MillionEvent {
  // Two mixed streams of bits (Knuth's and Wang's multipliers): fields are independent of each other.
  const a = mixed(i + 1, 2654435761);
  const b = mixed(i + 7, 668265261);
  const status = [200, 200, 200, 404, 500, 503][a % 6]!;
  const event: MillionEvent = {
    timestamp: TIME_FIRST + i * 10,
    env: ENVS[(a >>> 4) % 4]!,
    host: `h${(a >>> 8) % HOSTS}`,
    service: `s${(a >>> 14) % SERVICES}`,
    path: `/api/v${b % 3}/items/${(b >>> 3) % 1000}`,
    message: WORDS[(b >>> 9) % WORDS.length]!,
    status: (a >>> 20) % 10 === 0 ? String(status) : status,
  };
  if ((b >>> 13) % 8 !== 0) event.cpu = (b >>> 13) % 16 === 1 ? null : ((b >>> 16) % 10_000) / 100;
  if ((a >>> 24) % 4 !== 0) event.latency = mixed(i + 13, 374761393) % 5000;
  return event;
}

/** The rules, numbered from 0. */
export function millionRules(): TwiceWritten[] {
  return Array.from({ length: 100 }, (_, k) => KINDS[k % KINDS.length]!(k));
}

type Kind = (k: number) => TwiceWritten;

const equality: Kind = (k) =>
  written(k, {
    conditions: [
      { field: "service", op: "==", value: `s${k % SERVICES}` },
      { field: "status", op: ">=", value: 500 },
      { field: "latency", op: ">", value: 4700 + k },
    ],
    matches: (e) =>
      e.service === `s${k % SERVICES}` && Number(e.status) >= 500 && e.latency !== undefined &&
      e.latency > 4700 + k,
  });

const text: Kind = (k) =>
  written(k, {
    conditions: [
      { field: "path", op: "starts_with", value: `/api/v${k % 3}/items/${k}` },
      { field: "message", op: "contains", value: "time" },
      { field: "host", op: "in", value: [`h${k % HOSTS}`, `h${(k + 1) % HOSTS}`] },
    ],
    matches: (e) =>
      e.path.startsWith(`/api/v${k % 3}/items/${k}`) && e.message.includes("time") &&
      [`h${k % HOSTS}`, `h${(k + 1) % HOSTS}`].includes(e.host),
  });

const nested: Kind = (k) =>
  written(k, {
    conditions: [
      { field: "cpu", op: "between", value: [k / 2, k / 2 + 1] },
      {
        logic: "OR",
        conditions: [
          { field: "status", op: "==", value: 503 },
          { logic: "AND", conditions: [{ field: "latency", op: "<", value: 40 }] },
        ],
      },
      { logic: "NOT", conditions: [{ field: "env", op: "==", value: "prod" }] },
    ],
    matches: (e) =>
      typeof e.cpu === "number" && e.cpu >= k / 2 && e.cpu <= k / 2 + 1 &&
      (Number(e.status) === 503 || (e.latency !== undefined && e.latency < 40)) && e.env !== "prod",
  });

const absent: Kind = (k) =>
  written(k, {
    conditions: [
      { field: "cpu", op: "not_exists" },
      { field: "env", op: "!=", value: "prod" },
      { field: "path", op: "matches", value: `items/${k % 10}${k % 7}$` },
    ],
    matches: (e) =>
      (e.cpu === undefined || e.cpu === null) && e.env !== "prod" &&
      e.path.endsWith(`items/${k % 10}${k % 7}`),
  });

const cooled: Kind = (k) =>
  written(k, {
    cooldownMs: 60_000 * (1 + k % 5),
    conditions: [
      { field: "env", op: "==", value: "prod" },
      { field: "cpu", op: ">", value: 90 },
      { field: "service", op: "in", value: [`s${k % SERVICES}`, `s${(k + 9) % SERVICES}`] },
    ],
    matches: (e) =>
      e.env === "prod" && typeof e.cpu === "number" && e.cpu > 90 &&
      (e.service === `s${k % SERVICES}` || e.service === `s${(k + 9) % SERVICES}`),
  });

const KINDS: readonly Kind[] = [equality, text, nested, absent, cooled];

function written(
  k: number,
  { conditions, matches, cooldownMs = 0 }: {
    conditions: Record<string, unknown>[];
    matches: (event: MillionEvent) => boolean;
    cooldownMs?: number;
  },
): TwiceWritten {
  const document = {
    rule_id: `rule-${k}`,
    rule_name: `rule ${k}`,
    trigger_type: "metric",
    trigger_spec: { topics: ["million"], conditions, ...cooldownMs > 0 && { group_by: ["host"] } },
    limits: { alerts_per_minute: null },
    ...cooldownMs > 0 && { cooldown: `${cooldownMs}ms` },
  };
  return { document, matches, cooldownMs };
}

function mixed(i: number, factor: number): number {
  let x = Math.imul(i ^ (i >>> 15), factor);
  x = Math.imul(x ^ (x >>> 13), 1274126177);
  return (x ^ (x >>> 16)) >>> 0;
}
