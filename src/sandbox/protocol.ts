/**
 * What parent and child of the sandbox say to each other: one line of JSON each way per message, answers in
 * the order of the requests. A program is foreign code of some kind in a context of its own; it is loaded
 * once and then called by the names of its functions, with JSON in and JSON out.
 */
import type { JsonValue } from "../base/json.ts";

/** Which code stands around the foreign one; see ./child_programs.ts. */
export type ProgramKind = "template" | "template_reader" | "script";

export type Request =
  | { op: "load"; program: string; kind: ProgramKind; input: JsonValue; deadline_ms: number }
  | { op: "call"; program: string; name: string; input: JsonValue; deadline_ms: number }
  /** The program is not needed any more. */
  | { op: "unload"; program: string; deadline_ms: number };

/**
 * `timeout` and `memory`: a bound was met, and the program must be loaded again; `missing`: it is not
 * loaded (any more); `thrown`: it threw.
 */
export type FailureKind = "timeout" | "memory" | "missing" | "thrown";

export type Reply =
  | { ok: true; value: JsonValue }
  | { ok: false; kind: FailureKind; message: string };

/** Contexts that one child keeps; the one used longest ago makes room. */
export const PROGRAMS_MAX = 24;
export const CONTEXT_BYTES_MAX = 32 * 1024 * 1024;
export const CONTEXT_STACK_BYTES = 512 * 1024;
/** Scripts recurse through the engine's own stack, which ends the process where it ends. */
export const SCRIPT_STACK_BYTES = 192 * 1024;
/** Of a reply as a line; the parent kills a child that writes a longer one. */
export const REPLY_CHARACTERS_MAX = 4_000_000;
/** What is told of an answer that is longer. */
export const OVERLONG = `Its answer is longer than ${REPLY_CHARACTERS_MAX} characters`;
