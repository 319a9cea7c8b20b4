/**
 * The parts of nunjucks this layer stands on: its node classes, the base of its parser and that of its code
 * generator. Its browser bundle is evaluated first and leaves a global; docs/decisions/0025 says why.
 */

/** A node of a syntax tree. Which fields it has depends on its class. */
export interface Tree {
  readonly typename: string;
  lineno: number;
  colno: number;
  value: unknown;
  children: Tree[];
  left: Tree;
  right: Tree;
  target: Tree;
  val: Tree;
  name: Tree;
  args: Tree;
  cond: Tree;
  body: Tree;
  else_: Tree | null;
  expr: Tree;
  ops: Tree[];
  type: string;
  key: Tree;
  arr: Tree;
  targets: Tree[];
  findAll(type: NodeClass, results?: Tree[]): Tree[];
  [field: string]: unknown;
}

export interface NodeClass {
  new (line: number, column: number, ...fields: unknown[]): Tree;
  extend(name: string, members: { fields: readonly string[] }): NodeClass;
}

export interface Token {
  type: string;
  value: string;
  lineno: number;
  colno: number;
}

export interface ParserBase {
  peekToken(): Token | null;
  nextToken(): Token | null;
  pushToken(token: Token): void;
  skip(type: string): boolean;
  skipValue(type: string, value: string): boolean;
  skipSymbol(name: string): boolean;
  expect(type: string): Token;
  fail(message: string, line?: number, column?: number): never;
  advanceAfterBlockEnd(name?: string): Token;
  parseUntilBlocks(...names: string[]): Tree;
  parseNodes(): Tree[];
  parseAsRoot(): Tree;
}

/** Names of a scope, each with the variable of the generated code that holds it. */
export interface Scope {
  lookup(name: string): string | undefined;
  set(name: string, variable: string): void;
  push(): Scope;
}

export interface CompilerBase {
  buffer: string | null;
  codebuf: string[];
  _emit(code: string): void;
  _emitLine(code: string): void;
  _tmpid(): string;
  _emitFuncBegin(node: Tree, name: string): void;
  _emitFuncEnd(noReturn?: boolean): void;
  compile(node: Tree, scope: Scope): void;
  fail(message: string, line?: number, column?: number): never;
  getCode(): string;
}

interface Nunjucks {
  nodes: Readonly<Record<string, NodeClass>> & { Node: NodeClass };
  parser: { Parser: new (tokens: { nextToken(): Token | null }) => ParserBase };
  compiler: { Compiler: new (name: string | null, throwOnUndefined: boolean) => CompilerBase };
  runtime: { Frame: new () => Scope };
}

export const nunjucks = (globalThis as unknown as { nunjucks: Nunjucks }).nunjucks;

const { Node } = nunjucks.nodes;

/** What Jinja2 has and nunjucks has no node for. */
const MORE: Readonly<Record<string, NodeClass>> = {
  Slice: Node.extend("Slice", { fields: ["target", "start", "stop", "step"] }),
  Tuple: Node.extend("Tuple", { fields: ["children"] }),
  Call: Node.extend("Call", { fields: ["target", "args", "keywords", "spread", "spreadKeywords"] }),
  Filtered: Node.extend("Filtered", {
    fields: ["target", "name", "args", "keywords", "spread", "spreadKeywords"],
  }),
  Tested: Node.extend("Tested", {
    fields: ["target", "name", "args", "keywords", "spread", "spreadKeywords"],
  }),
  Place: Node.extend("Place", { fields: [] }),
  Loop: Node.extend("Loop", { fields: ["target", "arr", "cond", "body", "else_", "recursive"] }),
  Assign: Node.extend("Assign", { fields: ["target", "val"] }),
  AssignBlock: Node.extend("AssignBlock", { fields: ["target", "val", "body"] }),
  MemberTarget: Node.extend("MemberTarget", { fields: ["value", "member"] }),
  With: Node.extend("With", { fields: ["targets", "children", "body"] }),
  Function: Node.extend("Function", { fields: ["name", "targets", "children", "body"] }),
  CallBlock: Node.extend("CallBlock", { fields: ["target", "val"] }),
  FilterBlock: Node.extend("FilterBlock", { fields: ["val", "body"] }),
  Escaping: Node.extend("Escaping", { fields: ["val", "body"] }),
  NamedBlock: Node.extend("NamedBlock", { fields: ["value", "body"] }),
};

/** A node of class `kind`. */
export function node(kind: string, at: { lineno: number; colno: number }, ...fields: unknown[]): Tree {
  const known = MORE[kind] ?? nunjucks.nodes[kind]!;
  return new known(at.lineno, at.colno, ...fields);
}

export const NAME_NODE = nunjucks.nodes["Symbol"]!;
