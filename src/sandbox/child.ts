/**
 * The child process of the sandbox: reads requests from standard input, runs each program in a QuickJS
 * context of its own, and writes replies. It is started without any permission and with an empty
 * environment; the parent kills it when it does not answer in time, so nothing here needs to survive.
 */
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
  type ProgramKind,
  PROGRAMS_MAX,
  type Reply,
  type Request,
} from "./protocol.ts";

/** Loading nunjucks is ours, not the template's: it gets its own time. */
const SURROUNDING_MS_MAX = 2000;

interface Program {
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

function open(quickjs: QuickJSWASMModule, kind: ProgramKind): Program {
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(CONTEXT_BYTES_MAX);
  runtime.setMaxStackSize(CONTEXT_STACK_BYTES);
  const { scripts, modules, entry } = SURROUNDINGS[kind];
  runtime.setModuleLoader(
    (name) => modules.get(name) ?? { error: new Error(`no module "${name}"`) },
    (_base, name) => name.replace(/^\.\//, ""),
  );
  const context = runtime.newContext();
  const program = { runtime, context, door: context.undefined, deadline: now() + SURROUNDING_MS_MAX };
  runtime.setInterruptHandler(() => now() > program.deadline);
  for (const script of scripts) context.unwrapResult(context.evalCode(script)).dispose();
  const boot = `import * as door from "./${entry}";
    globalThis.door = (name, text) => JSON.stringify(door[name](JSON.parse(text)) ?? null);`;
  context.unwrapResult(context.evalCode(boot, "boot.js", { type: "module" })).dispose();
  context.unwrapResult(runtime.executePendingJobs());
  program.door = context.getProp(context.global, "door");
  return program;
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

function call({ context, door }: Program, name: string, input: JsonValue): JsonValue {
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
  return /out of memory/.test(message) ? "memory" : "thrown";
}

function answer(quickjs: QuickJSWASMModule, request: Request): JsonValue {
  if (request.op === "load") {
    drop(request.program);
    if (programs.size >= PROGRAMS_MAX) drop(programs.keys().next().value!);
    programs.set(request.program, open(quickjs, request.kind));
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

const quickjs = await newQuickJSWASMModuleFromVariant(variant);
const encoder = new TextEncoder();
let rest = "";
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    const bytes = encoder.encode(JSON.stringify(reply(quickjs, JSON.parse(line) as Request)) + "\n");
    for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
