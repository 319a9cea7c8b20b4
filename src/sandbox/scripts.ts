/**
 * Scripts: JavaScript, or TypeScript whose types are stripped, with a function `main(params, input, ctx)`. Each run
 * has a context of its own in the sandbox, which ends with it. What a script asks for, the host answers or refuses.
 */
import { derivedId } from "../base/ids.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { Problem } from "../base/problem.ts";
import type { SecretMarks } from "../base/secret_marks.ts";
import { OVERLONG } from "./protocol.ts";
import type { Program, Sandbox, SandboxFailure, SandboxReply } from "./sandbox.ts";

export const SCRIPT_CHARACTERS_MAX = 262_144;
/** Characters of JSON of params and input together. */
export const SCRIPT_INPUT_CHARACTERS_MAX = 1_048_576;
const CHECK_MS_MAX = 1_000;
const TOO_LONG = "Script output exceeds the allowed byte limit";
const NEVER_ENDS = "Script timed out: it waits for what never comes";
const LOG_LINES_MAX = 1_000;
/** Of all lines that a run logs. */
export const LOGS_CHARACTERS_MAX = 1_000_000;
const UNAVAILABLE = ["overloaded", "blocked", "ended", "stopped", "late"];
/** Things asked for in one run. */
export const SCRIPT_ASKS_MAX = 100;

export interface ScriptCall {
  params: JsonObject;
  input: JsonValue;
  /** What `ctx.secrets` hands out. */
  secrets: SecretMarks;
  /** All in all, ms. */
  deadlineMs: number;
  /** Characters of JSON of the output. */
  outputMax: number;
  /** Answers what the script asks for; a rejection is an error within the script. */
  host(ask: ScriptAsk, leftMs: number): Promise<JsonValue>;
}

export type ScriptAsk =
  | { kind: "http"; request: JsonObject }
  /** Another API definition of this server. */
  | { kind: "api"; request: JsonObject };

export type ScriptResult =
  | { ok: true; output: JsonObject; logs: string[] }
  | { ok: false; kind: "script" | "timeout" | "memory" | "sandbox"; error: string; logs: string[] };

export interface ScriptEngine {
  /** What is wrong with a script; null: it can be run. @throws Problem 503 where nothing can be said now */
  check(source: string): Promise<{ message: string; line: number | null } | null>;
  run(source: string, call: ScriptCall): Promise<ScriptResult>;
}

interface RunState {
  ended: { output: JsonValue } | { error: string } | null;
  asks: { id: number; kind: ScriptAsk["kind"]; request: JsonValue }[];
  logs: string[];
}

export function createScriptEngine(sandbox: Pick<Sandbox, "converse">): ScriptEngine {
  let runs = 0;
  const programOf = (source: string, why: "check" | "run"): Program => {
    // A script that overran must still be read when it is mended.
    const blame = derivedId(`script_${why}_`, [source]);
    return { id: `${blame} ${++runs}`, kind: "script", input: { source }, blame };
  };
  return {
    async check(source) {
      const next = () => Promise.resolve({ ended: { ok: true as const, value: null } });
      const call = { name: "load", input: null, deadlineMs: CHECK_MS_MAX, next };
      const reply = await sandbox.converse(programOf(source, "check"), call);
      if (!reply.ok && UNAVAILABLE.includes(reply.kind)) throw unavailable(reply.message);
      return reply.ok ? null : faultOf(reply);
    },
    async run(source, call) {
      const run = new ScriptRun(call);
      const { params, input, secrets, deadlineMs } = call;
      const reply = await sandbox.converse(programOf(source, "run"), {
        ...{ name: "start", input: { params, input, secrets: secrets.prefix }, deadlineMs },
        next: (value, leftMs) => run.next(value, leftMs),
      });
      return run.result(reply);
    },
  };
}

class ScriptRun {
  readonly #call: ScriptCall;
  readonly #logs: string[] = [];
  #asked = 0;
  #logged = 0;

  constructor(call: ScriptCall) {
    this.#call = call;
  }

  /** Looks at a state, which the script may have forged: it can say no more than a script may. */
  async next(value: JsonValue, leftMs: number): Promise<{ ended: SandboxReply } | { resume: JsonValue }> {
    const state = stateOf(value);
    if (state === null) return { ended: thrown("it spoiled the state of its own run") };
    for (const line of state.logs) this.#log(line);
    const { ended, asks } = state;
    if (ended !== null && "error" in ended) return { ended: endOf(ended.error) };
    if (ended !== null) return { ended: { ok: true, value: ended.output } };
    if (asks.length === 0) {
      return { ended: thrown(NEVER_ENDS) };
    }
    this.#asked += asks.length;
    if (this.#asked > SCRIPT_ASKS_MAX) {
      return { ended: thrown(`more than ${SCRIPT_ASKS_MAX} requests in one run`) };
    }
    return { resume: await Promise.all(asks.map((ask) => this.#answer(ask, leftMs))) };
  }

  /** The bounds of a script's own context may be gone. */
  #log(line: string): void {
    this.#logged += line.length;
    if (this.#logs.length > LOG_LINES_MAX || this.#logged > LOGS_CHARACTERS_MAX) return;
    this.#logs.push(line);
  }

  async #answer({ id, kind, request }: RunState["asks"][number], leftMs: number): Promise<JsonValue> {
    if (!isObject(request)) return { id, error: "expected an object" };
    try {
      return { id, value: await this.#call.host({ kind, request }, leftMs) };
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : "the request failed" };
    }
  }

  result(reply: SandboxReply): ScriptResult {
    const logs = this.#logs;
    const fail = (kind: "script" | "timeout" | "memory" | "sandbox", error: string): ScriptResult => (
      { ok: false, kind, error, logs }
    );
    if (!reply.ok) {
      const { kind, message } = reply;
      if (kind === "timeout" || kind === "late") {
        return fail("timeout", `Script timed out after ${this.#call.deadlineMs} ms`);
      }
      if (message === OVERLONG) return fail("script", TOO_LONG);
      if (kind === "memory") return fail("memory", "Script ran out of memory");
      if (message === NEVER_ENDS) return fail("timeout", message);
      return fail(kind === "thrown" || kind === "missing" ? "script" : "sandbox", message);
    }
    const { value } = reply;
    if (!isObject(value)) return fail("script", "Script output must be an object");
    if (JSON.stringify(value).length > this.#call.outputMax) {
      return fail("script", TOO_LONG);
    }
    return { ok: true, output: value, logs };
  }
}

function stateOf(value: JsonValue): RunState | null {
  if (!isObject(value) || !Array.isArray(value.asks) || !Array.isArray(value.logs)) return null;
  const asks = value.asks.filter((ask): ask is JsonObject => isObject(ask) && typeof ask.id === "number");
  const known = asks.filter(({ kind }) => kind === "http" || kind === "api");
  const { ended } = value;
  const isEnd = isObject(ended) && ("output" in ended || typeof ended.error === "string");
  return {
    ended: isEnd ? ended as unknown as RunState["ended"] : null,
    asks: known as unknown as RunState["asks"],
    logs: value.logs.filter((line) => typeof line === "string"),
  };
}

/** A bound that is met ends the promise of `main` like any error. */
function endOf(message: string): SandboxReply {
  if (message === "InternalError: interrupted") return { ok: false, kind: "timeout", message };
  if (message === "InternalError: out of memory") return { ok: false, kind: "memory", message };
  return thrown(message);
}

function unavailable(why: string): Problem {
  const detail = `Cannot check the script now: ${why}`;
  return new Problem({ status: 503, code: "sandbox_unavailable", detail, headers: { "retry-after": "5" } });
}

function thrown(message: string): SandboxReply {
  return { ok: false, kind: "thrown", message };
}

/** Errors of its syntax name their line. */
function faultOf({ message }: SandboxFailure): { message: string; line: number | null } {
  if (/exported variable|'main'/.test(message)) {
    return { message: "Script must define main(params, input, ctx)", line: null };
  }
  const line = /\(line (\d+)\)$/.exec(message);
  return { message, line: line === null ? null : Number(line[1]) };
}
