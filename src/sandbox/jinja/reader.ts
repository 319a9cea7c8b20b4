/**
 * The door of the reading half: from the source of a template to code, with its faults and warnings and the
 * names it reads. It runs no template. A template is text, escaped for its channel, or a JSON document whose
 * strings are templates: its structure comes from the document alone, so that whatever the data hold the
 * output is valid JSON.
 */
import type { CompiledPart, Reading, TemplateSource } from "./compiled.ts";
import { compile } from "./compiler.ts";
import { findings } from "./findings.ts";
import type { Tree } from "./nunjucks.ts";
import { parse } from "./parser.ts";
import { problemOf } from "./problems.ts";

const NOTHING: CompiledPart = { kind: "literal", value: "" };
const DOCUMENT_DEPTH_MAX = 32;
const PROBLEMS_MAX = 50;

/** Reads a template. */
export function read({ body, subject, mode }: TemplateSource): Reading {
  const reading: Reading = { variables: [], faults: [], warnings: [], compiled: null };
  const names = new Set<string>();
  const reader = (member: "body" | "subject") => new Reader(member, { reading, names });
  const bodyPart = mode === "json" ? reader("body").document(body) : reader("body").text(body);
  const subjectPart = subject === null ? null : reader("subject").text(subject);
  if (reading.faults.length === 0) reading.compiled = { mode, body: bodyPart, subject: subjectPart };
  return { ...reading, variables: [...names].sort() };
}

class Reader {
  #member: "body" | "subject";
  #reading: Reading;
  #names: Set<string>;

  constructor(member: "body" | "subject", { reading, names }: { reading: Reading; names: Set<string> }) {
    this.#member = member;
    this.#reading = reading;
    this.#names = names;
  }

  text(source: string): CompiledPart {
    const read = this.#compiled(source);
    return read === null ? NOTHING : { kind: "text", code: read.code };
  }

  /** A JSON document with templates for strings. */
  document(source: string): CompiledPart {
    let parsed: unknown;
    try {
      parsed = JSON.parse(source);
    } catch (error) {
      this.#fault(
        "InvalidJson",
        `the body must be JSON whose strings are templates: ${(error as Error).message}`,
      );
      return NOTHING;
    }
    return this.#part(parsed, 0);
  }

  #part(value: unknown, depth: number): CompiledPart {
    if (depth > DOCUMENT_DEPTH_MAX) {
      this.#fault("LimitError", `the document nests deeper than ${DOCUMENT_DEPTH_MAX}`);
      return NOTHING;
    }
    if (typeof value === "string") return this.#string(value);
    if (Array.isArray(value)) return { kind: "list", parts: value.map((one) => this.#part(one, depth + 1)) };
    if (typeof value !== "object" || value === null) return { kind: "literal", value };
    const entries = Object.entries(value).map(([key, held]): [CompiledPart, CompiledPart] => {
      return [
        key.includes("{") ? this.text(key) : { kind: "literal", value: key },
        this.#part(held, depth + 1),
      ];
    });
    return { kind: "object", entries };
  }

  /** A string that is one output tag and nothing else gives the value itself, not its text. */
  #string(source: string): CompiledPart {
    if (!source.includes("{")) return { kind: "literal", value: source };
    const read = this.#compiled(source);
    return read === null ? NOTHING : { kind: isValue(read.tree) ? "value" : "text", code: read.code };
  }

  #compiled(source: string): { code: string; tree: Tree } | null {
    try {
      const tree = parse(source);
      const { code, variables } = compile(tree);
      for (const name of variables) this.#names.add(name);
      for (const { severity, kind, message, line } of findings(tree, source)) {
        this.#reading[severity].length < PROBLEMS_MAX &&
          this.#reading[severity].push({ member: this.#member, kind, message, line });
      }
      return { code, tree };
    } catch (error) {
      if (this.#reading.faults.length < PROBLEMS_MAX) {
        this.#reading.faults.push(problemOf(error, this.#member));
      }
      return null;
    }
  }

  #fault(kind: string, message: string): void {
    this.#reading.faults.push({ member: this.#member, kind, message, line: null });
  }
}

function isValue({ children }: Tree): boolean {
  const [only] = children;
  return children.length === 1 && only!.typename === "Output" &&
    only!.children[0]!.typename !== "TemplateData";
}
