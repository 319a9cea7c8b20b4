/** A template as the reader hands it to the renderer: JSON, made once per template. */

/** How output is made safe for its channel. */
export type Mode = "text" | "html" | "slack" | "json";

export interface TemplateSource {
  body: string;
  subject: string | null;
  mode: Mode;
}

/** Code that answers text, code that answers a value, or a JSON document of such. */
export type CompiledPart =
  | { kind: "text"; code: string }
  | { kind: "value"; code: string }
  | { kind: "literal"; value: unknown }
  | { kind: "list"; parts: CompiledPart[] }
  | { kind: "object"; entries: [CompiledPart, CompiledPart][] };

export interface CompiledTemplate {
  mode: Mode;
  body: CompiledPart;
  subject: CompiledPart | null;
}

export interface TemplateProblem {
  /** The member of the template it is about. */
  member: "body" | "subject";
  kind: string;
  message: string;
  line: number | null;
}

export interface Reading {
  variables: string[];
  faults: TemplateProblem[];
  warnings: TemplateProblem[];
  /** null when there are faults. */
  compiled: CompiledTemplate | null;
}
