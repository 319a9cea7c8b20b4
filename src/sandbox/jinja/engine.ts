/**
 * The door of the rendering half, in a context of its own per template: `load` takes what the reader made of
 * a template, `render` runs it with a context.
 */
import type { CompiledPart, CompiledTemplate, Mode, TemplateProblem } from "./compiled.ts";
import { plainValue } from "./plain_value.ts";
import { escapeHtml, escapeSlack } from "./printing.ts";
import { problemOf } from "./problems.ts";
import { Rendering } from "./rendering.ts";
import { limit, OUTPUT_BYTES_MAX, type PlainObject, TemplateFault } from "./values.ts";

export interface Rendered {
  /** Text, or for mode "json" the document. */
  output: unknown;
  subject: string | null;
}

export type RenderAnswer = { ok: true; rendered: Rendered } | { ok: false; problem: TemplateProblem };

type Answer = (error: unknown, output: string) => void;
type Root = (env: Rendering, context: null, frame: null, runtime: object, answer: Answer) => void;
type Part = (context: PlainObject) => unknown;

let body: Part | null = null;
let subject: Part | null = null;

/** Takes the template of this context. */
export function load(compiled: CompiledTemplate): null {
  body = part(compiled.body, compiled.mode);
  subject = compiled.subject === null ? null : part(compiled.subject, "text");
  return null;
}

export function render(context: PlainObject): RenderAnswer {
  let member: "body" | "subject" = "body";
  try {
    const output = body!(context);
    if (typeof output !== "string") limit(JSON.stringify(output).length, OUTPUT_BYTES_MAX, "an output");
    member = "subject";
    return { ok: true, rendered: { output, subject: subject === null ? null : String(subject(context)) } };
  } catch (error) {
    return { ok: false, problem: problemOf(error, member) };
  }
}

function part(compiled: CompiledPart, mode: Mode): Part {
  switch (compiled.kind) {
    case "text": {
      const root = rootOf(compiled.code);
      return (context) => run(root, rendering(context, mode));
    }
    case "value":
      return value(rootOf(compiled.code), mode);
    case "literal":
      return () => compiled.value;
    case "list": {
      const parts = compiled.parts.map((one) => part(one, mode));
      return (context) => parts.map((one) => one(context));
    }
    case "object": {
      const entries = compiled.entries.map(([key, held]) => [part(key, mode), part(held, mode)] as const);
      return (context) =>
        Object.fromEntries(entries.map(([key, held]) => [String(key(context)), held(context)]));
    }
  }
}

function rootOf(code: string): Root {
  return new Function(code)() as Root;
}

/** What the only output tag of a template is given. */
function value(root: Root, mode: Mode): Part {
  return (context) => {
    let given: unknown = null;
    const env = rendering(context, mode);
    env.out = (one) => {
      given = one;
      return "";
    };
    run(root, env);
    return plainValue(given);
  };
}

function rendering(context: PlainObject, mode: Mode): Rendering {
  const escapeText = mode === "slack" ? escapeSlack : escapeHtml;
  return new Rendering(context, { autoescape: mode === "html" || mode === "slack", escapeText });
}

function run(root: Root, env: Rendering): string {
  let failed: unknown = null;
  let output = "";
  root(env, null, null, { handleError: (error: unknown) => error }, (error, text) => {
    failed = error;
    output = text;
  });
  if (failed === null) return output;
  if (failed instanceof TemplateFault) failed.line ??= env.line;
  throw failed;
}
