/**
 * The code around a script, in the script's own context: calls its `main(params, input, ctx)`, collects what it
 * logs, and hands on what it asks of the host. Everything here is within reach of the script, so nothing here
 * protects anybody: the context ends with the run, and the host checks whatever comes out.
 */
import * as script from "./script.ts";

type Json = unknown;

/** What the script wants of the host. */
interface Ask {
  id: number;
  kind: "http" | "api";
  request: Json;
}

interface Waiting {
  resolve(value: Json): void;
  reject(error: Error): void;
}

export interface RunState {
  /** null: it goes on. */
  ended: { output: Json } | { error: string } | null;
  asks: Ask[];
  /** Since the last look. */
  logs: string[];
}

const LOGS_MAX = 1000;
const LOG_CHARACTERS_MAX = 4000;

let ended: RunState["ended"] = null;
let asks: Ask[] = [];
let logs: string[] = [];
let logged = 0;
let asked = 0;
const waiting = new Map<number, Waiting>();

function log(...given: Json[]): void {
  const text = given.map((one) => typeof one === "string" ? one : JSON.stringify(one) ?? String(one)).join(
    " ",
  ).trim();
  if (text === "" || ++logged > LOGS_MAX + 1) return;
  logs.push(
    logged > LOGS_MAX ? `further logs are dropped after ${LOGS_MAX}` : text.slice(0, LOG_CHARACTERS_MAX),
  );
}

function ask(kind: Ask["kind"], request: Json): Promise<Json> {
  return new Promise((resolve, reject) => {
    const id = ++asked;
    waiting.set(id, { resolve, reject });
    asks.push({ id, kind, request });
  });
}

const http = {
  get: (url: string, headers?: Json, timeout_ms?: number) =>
    ask("http", { method: "GET", url, headers, timeout_ms }),
  post: (url: string, headers?: Json, json_body?: Json, timeout_ms?: number) =>
    ask("http", { method: "POST", url, headers, json_body, timeout_ms }),
  request: (request: Json) => ask("http", request),
};

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** With it the marks of this run begin (src/base/secret_marks.ts). */
let marks = "";

/** What stands for a secret in requests; the host puts its value there, which never comes in here. */
const secrets = new Proxy({}, {
  get: (_, name) => typeof name === "string" && NAME.test(name) ? `${marks}${name}-` : undefined,
});

const ctx = {
  log,
  http,
  secrets,
  call_sql_api: (target: string, params?: Json, limit?: number, timeout_ms?: number) =>
    ask("api", { target, params, limit, timeout_ms }),
};

/** A script logs as it is used to as well. */
(globalThis as unknown as { console: Json }).console = { log, info: log, warn: log, error: log, debug: log };

export function load(): { defined: boolean } {
  return { defined: typeof entry() === "function" };
}

export function start(given: { params: Json; input: Json; secrets: string }): null {
  const { params, input } = given;
  marks = given.secrets;
  const main = entry() as (params: Json, input: Json, ctx: Json) => Json;
  Promise.resolve().then(() => main(params, input, ctx)).then(
    (output) => ended = { output: output ?? null },
    (error) => ended = { error: textOf(error) },
  );
  return null;
}

export function resume(answers: { id: number; value?: Json; error?: string }[]): null {
  for (const { id, value, error } of answers) {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(value);
    else one?.reject(new Error(error));
  }
  return null;
}

export function state(): RunState {
  const now: RunState = { ended, asks, logs };
  asks = [];
  logs = [];
  return now;
}

function entry(): Json {
  return (script as { main?: Json }).main;
}

/** Of whatever was thrown: getters of its own may throw in turn. */
function textOf(error: Json): string {
  try {
    return shownText(error);
  } catch {
    return "a value that cannot be shown was thrown";
  }
}

function shownText(error: Json): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === "string" ? error : JSON.stringify(error) ?? String(error);
}
