/**
 * The child process of the sandbox: reads requests from standard input, runs each program in a QuickJS
 * context of its own, and writes replies. It is started without any permission and with an empty
 * environment; the parent kills it when it does not answer in time, so nothing here needs to survive.
 */
import { stripTypeScriptTypes } from "node:module";
import process from "node:process";
import variant from "@jitl/quickjs-singlefile-mjs-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import type { JsonValue } from "../base/json.ts";
import { SURROUNDINGS } from "./child_programs.ts";
import {
  CONTEXT_BYTES_MAX,
  CONTEXT_STACK_BYTES,
  type FailureKind,
  OVERLONG,
  type ProgramKind,
  PROGRAMS_MAX,
  type Reply,
  REPLY_CHARACTERS_MAX,
  type Request,
  SCRIPT_STACK_BYTES,
} from "./protocol.ts";

/** Loading nunjucks is ours, not the template's: it gets its own time. */
const SURROUNDING_MS_MAX = 2000;

interface Program {
  kind: ProgramKind;
  runtime: QuickJSRuntime;
  context: QuickJSContext;
  door: QuickJSHandle;
  deadline: number;
}

class Failure extends Error {
  kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The programs of this child, the one used last at the end. */
const programs = new Map<string, Program>();

/** A foreign module that exports its `main` itself must not be made to do so. */
function open(quickjs: QuickJSWASMModule, kind: ProgramKind, input: JsonValue): Program {
  if (SURROUNDINGS[kind].foreign === undefined) return openWith(quickjs, kind, null);
  const source = foreignModule(input);
  try {
    return openWith(quickjs, kind, `${source}\n;export { main };`);
  } catch (error) {
    if (!/duplicate export|redefinition/.test((error as Error).message)) throw error;
    return openWith(quickjs, kind, source);
  }
}

function openWith(quickjs: QuickJSWASMModule, kind: ProgramKind, source: string | null): Program {
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(CONTEXT_BYTES_MAX);
  runtime.setMaxStackSize(kind === "script" ? SCRIPT_STACK_BYTES : CONTEXT_STACK_BYTES);
  const { scripts, modules, entry, foreign } = SURROUNDINGS[kind];
  runtime.setModuleLoader(
    (name) => (name === foreign ? source : modules.get(name)) ?? { error: new Error(`no module "${name}"`) },
    (_base, name) => name.replace(/^\.\//, ""),
  );
  const context = runtime.newContext();
  const program = { kind, runtime, context, door: context.undefined, deadline: now() + SURROUNDING_MS_MAX };
  runtime.setInterruptHandler(() => now() > program.deadline);
  for (const script of scripts) context.unwrapResult(context.evalCode(script)).dispose();
  const boot = `import * as door from "./${entry}";
    globalThis.door = (name, text) => JSON.stringify(door[name](JSON.parse(text)) ?? null);`;
  evaluate(program, boot);
  program.door = context.getProp(context.global, "door");
  return program;
}

/** Runs a module; what it throws says where. */
function evaluate(program: Program, module: string): void {
  const { context, runtime } = program;
  const result = context.evalCode(module, "boot.js", { type: "module" });
  const jobs = runtime.executePendingJobs();
  if (result.error === undefined && jobs.error === undefined) return result.value.dispose();
  const failed = (result.error ?? jobs.error)!;
  const thrown = context.dump(failed) as { name?: string; message?: string; stack?: string } | null;
  const { name, message = String(thrown), stack } = Object(thrown) as NonNullable<typeof thrown>;
  failed.dispose();
  close(program);
  const line = /script\.ts:(\d+)/.exec(stack ?? "")?.[1];
  throw new Failure(
    kindOf(message),
    `${name ?? "Error"}: ${message}${line === undefined ? "" : ` (line ${line})`}`,
  );
}

/** JavaScript, or TypeScript without its types. */
function foreignModule(input: JsonValue): string {
  const { source } = input as { source: string };
  try {
    return stripTypeScriptTypes(source);
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes("Syntax error")) {
      throw new Failure("thrown", message.replace(/ at file:\S+:(\d+):\d+$/, " (line $1)"));
    }
    // It says no more than that: the engine names the line, in JavaScript at least.
    return source;
  }
}

function close(program: Program): void {
  program.door.dispose();
  program.context.dispose();
  program.runtime.dispose();
}

/**
 * CPU time of this process, ms: on a busy machine a good program must not run out of time because others ran.
 * Time that passes without work is the parent's to watch.
 */
function now(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A call, and what it left to be done; then the state that this came to, where the kind of program has one. */
function call(program: Program, name: string, input: JsonValue): JsonValue {
  const answer = callDoor(program, name, input);
  const { state } = SURROUNDINGS[program.kind];
  if (state === undefined || name === "load") return answer;
  const jobs = program.runtime.executePendingJobs();
  if (jobs.error !== undefined) {
    const error = jobs.error.context.dump(jobs.error) as { message?: string };
    jobs.error.dispose();
    throw new Failure(kindOf(error.message ?? ""), error.message ?? "");
  }
  return callDoor(program, state, null);
}

function callDoor({ context, door }: Program, name: string, input: JsonValue): JsonValue {
  const [nameHandle, text] = [context.newString(name), context.newString(JSON.stringify(input))];
  const result = context.callFunction(door, context.undefined, nameHandle, text);
  nameHandle.dispose();
  text.dispose();
  if (result.error !== undefined) {
    const error = context.dump(result.error) as { name?: string; message?: string };
    result.error.dispose();
    throw new Failure(kindOf(error.message ?? ""), `${error.name ?? "Error"}: ${error.message ?? ""}`);
  }
  const answer = context.getString(result.value);
  result.value.dispose();
  return JSON.parse(answer) as JsonValue;
}

function kindOf(message: string): FailureKind {
  if (message === "interrupted") return "timeout";
  return message === "out of memory" ? "memory" : "thrown";
}

function answer(quickjs: QuickJSWASMModule, request: Request): JsonValue {
  if (request.op === "load") {
    drop(request.program);
    if (programs.size >= PROGRAMS_MAX) drop(programs.keys().next().value!);
    programs.set(request.program, open(quickjs, request.kind, request.input));
  }
  if (request.op === "unload") {
    drop(request.program);
    return null;
  }
  const program = programs.get(request.program);
  if (program === undefined) throw new Failure("missing", "the program is not loaded");
  programs.delete(request.program);
  programs.set(request.program, program);
  program.deadline = now() + request.deadline_ms;
  if (request.op === "call") return call(program, request.name, request.input);
  return request.input === null ? null : call(program, "load", request.input);
}

function drop(name: string): void {
  const program = programs.get(name);
  programs.delete(name);
  if (program !== undefined) close(program);
}

function reply(quickjs: QuickJSWASMModule, request: Request): Reply {
  try {
    return { ok: true, value: answer(quickjs, request) };
  } catch (error) {
    const { message } = error as Error;
    const kind = error instanceof Failure ? error.kind : kindOf(message);
    // A context that met a bound may be in any state.
    if (kind !== "missing") drop(request.program);
    return { ok: false, kind, message };
  }
}

/** Longer ones would be taken for noise. */
function replyText(given: Reply): string {
  const text = JSON.stringify(given);
  if (text.length < REPLY_CHARACTERS_MAX) return text;
  const failed: Reply = { ok: false, kind: "thrown", message: OVERLONG };
  return JSON.stringify(failed);
}

const quickjs = await newQuickJSWASMModuleFromVariant(variant);
const encoder = new TextEncoder();
let rest = "";
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    const bytes = encoder.encode(`${replyText(reply(quickjs, JSON.parse(line) as Request))}\n`);
    for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
