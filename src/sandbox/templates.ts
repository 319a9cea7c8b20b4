/**
 * Templates: the interface that the rest of the product knows, whatever engine stands behind it, and the one
 * that stands behind it now, nunjucks with Jinja2's grammar and meaning inside the sandbox (./jinja,
 * docs/decisions/0025). Reading one at save tells its faults, its warnings and the names it reads.
 */
import { assert } from "../base/assert.ts";
import { derivedId } from "../base/ids.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Program, Sandbox, SandboxFailure, SandboxReply } from "./sandbox.ts";

/** How the output of a template is made safe: by the channel it is for. */
export type TemplateMode = "text" | "html" | "slack" | "json";

export interface TemplateSource {
  body: string;
  subject: string | null;
  mode: TemplateMode;
}

/** Something the author should know, at `line` (from 1) of the body or the subject. */
export interface TemplateProblem {
  member: "body" | "subject";
  /** A short code: Python's name of an error, or the kind of a warning. */
  kind: string;
  message: string;
  line: number | null;
}

export interface TemplateReading {
  /** Names that are looked up in the context, sorted. */
  variables: string[];
  faults: TemplateProblem[];
  warnings: TemplateProblem[];
  /** Why nothing can be said now; null as a rule. */
  unavailable: TemplateProblem | null;
}

export interface RenderedTemplate {
  /** Text; for mode "json" a document. */
  output: JsonValue;
  subject: string | null;
}

export type RenderResult =
  | { ok: true; rendered: RenderedTemplate }
  /** `template`: the same again with this context; `sandbox`: another attempt may do. */
  | { ok: false; cause: "template" | "sandbox"; problem: TemplateProblem };

export interface TemplateEngine {
  read(source: TemplateSource): Promise<TemplateReading>;
  render(source: TemplateSource, context: JsonObject): Promise<RenderResult>;
}

export const TEMPLATE_BYTES_MAX = 65_536;
export const RENDER_MS_MAX = 200;
const READ_MS_MAX = 500;
/** The half of the engine that reads templates; one context serves all, since it runs none of them. */
const READER: Program = { id: "template_reader", kind: "template_reader", input: null };

/** What the reader in the sandbox answers. */
interface Read extends Omit<TemplateReading, "unavailable"> {
  /** null when there are faults. */
  compiled: JsonValue;
}

/** A source is compiled once: hand the same object in again for further renderings. */
export function createTemplateEngine(sandbox: Pick<Sandbox, "call">): TemplateEngine {
  const programs = new WeakMap<TemplateSource, Program>();
  const read = async (source: TemplateSource): Promise<Read | SandboxFailure> => {
    const size = new TextEncoder().encode(source.body + (source.subject ?? "")).length;
    if (size > TEMPLATE_BYTES_MAX) return tooLong(size);
    const { body, subject, mode } = source;
    const id = derivedId("tpl_", [mode, body, subject]);
    const given = { input: { body, subject, mode }, deadlineMs: READ_MS_MAX };
    const reply = await sandbox.call({ ...READER, blame: id }, "read", given);
    if (!reply.ok) return reply;
    const answer = reply.value as unknown as Read;
    if (answer.compiled !== null) programs.set(source, { id, kind: "template", input: answer.compiled });
    return answer;
  };
  return {
    async read(source) {
      const answer = await read(source);
      if ("ok" in answer) return unread(answer);
      const { variables, faults, warnings } = answer;
      return { variables, faults, warnings, unavailable: null };
    },
    async render(source, context) {
      const program = programs.get(source) ?? await compiled(source);
      if ("ok" in program) return program;
      const given = { input: context, deadlineMs: RENDER_MS_MAX };
      return resultOf(await sandbox.call(program, "render", given));
    },
  };

  async function compiled(source: TemplateSource): Promise<Program | (RenderResult & { ok: false })> {
    const answer = await read(source);
    if ("ok" in answer) return { ok: false, cause: causeOf(answer), problem: problemOf(answer) };
    const [fault] = answer.faults;
    if (fault !== undefined) return { ok: false, cause: "template", problem: fault };
    const program = programs.get(source);
    assert(program !== undefined, "a template without faults is compiled");
    return program;
  }
}

function unread(failure: SandboxFailure): TemplateReading {
  const problem = problemOf(failure);
  return causeOf(failure) === "sandbox"
    ? { variables: [], faults: [], warnings: [], unavailable: problem }
    : { variables: [], faults: [problem], warnings: [], unavailable: null };
}

function resultOf(reply: SandboxReply): RenderResult {
  if (!reply.ok) return { ok: false, cause: causeOf(reply), problem: problemOf(reply) };
  const answer = reply.value as unknown as
    | { ok: true; rendered: RenderedTemplate }
    | { ok: false; problem: TemplateProblem };
  return answer.ok ? answer : { ok: false, cause: "template", problem: answer.problem };
}

function tooLong(size: number): Read {
  const message = `the template has ${size} bytes: expected at most ${TEMPLATE_BYTES_MAX}`;
  const fault = { member: "body" as const, kind: "LimitError", message, line: null };
  return { variables: [], faults: [fault], warnings: [], compiled: null };
}

function causeOf({ kind }: SandboxFailure): "template" | "sandbox" {
  return kind === "timeout" || kind === "memory" || kind === "thrown" ? "template" : "sandbox";
}

function problemOf({ kind, message }: SandboxFailure): TemplateProblem {
  const text = kind === "timeout"
    ? `it did not end within ${RENDER_MS_MAX} ms`
    : kind === "memory"
    ? "it used more memory than a template may"
    : message;
  return {
    member: "body",
    kind: kind === "thrown" ? "InternalError" : "LimitError",
    message: text,
    line: null,
  };
}
