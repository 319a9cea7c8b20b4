/**
 * The grammar of Jinja2 on the base of nunjucks' parser, which brings reading of tokens, data and nested
 * blocks: statements here, expressions in ./expressions.ts. Depths are bounded, so that no template runs a
 * recursion out of stack.
 */
import { Expressions } from "./expressions.ts";
import { node, type Tree } from "./nunjucks.ts";
import { syntaxFault, tokensOf } from "./tokens.ts";
import { TemplateFault } from "./values.ts";

const BLOCKS_MAX = 32;
const NO_LOADER = ["include", "extends", "import", "from"];
const RESERVED = ["true", "false", "none", "True", "False", "None"];

type Statement = (parser: Statements, at: Tree["children"][0] | { lineno: number; colno: number }) => Tree;

export class Statements extends Expressions {
  #blocks = 0;

  // Called by nunjucks' parseNodes; null ends the list of nodes, at one of `breakOnBlocks`.
  parseStatement(): Tree | null {
    const token = this.current();
    if (token.type !== "symbol") this.broken("tag name expected");
    if (this.breakOnBlocks?.includes(token.value)) return null;
    if (NO_LOADER.includes(token.value)) {
      throw withLine(
        new TemplateFault(
          "NotSupported",
          `"${token.value}" is refused: there are no other templates to load`,
        ),
        token.lineno,
      );
    }
    const statement = STATEMENTS.get(token.value);
    if (statement === undefined) this.broken(unknownTag(token.value, this.breakOnBlocks));
    this.nextToken();
    if (++this.#blocks > BLOCKS_MAX) this.broken(`blocks nest deeper than ${BLOCKS_MAX}`);
    const parsed = statement(this, token);
    this.#blocks--;
    return parsed;
  }

  /** The nodes up to one of the tags `names`, which stays unread. */
  until(...names: string[]): Tree {
    const from = this.current();
    this.closeTag();
    const body = this.parseUntilBlocks(...names);
    if (this.peekToken() === null) {
      throw withLine(
        syntaxFault(
          `unexpected end of template: expected ${names.map((name) => `"${name}"`).join(" or ")}`,
          0,
        ),
        from.lineno,
      );
    }
    return body;
  }

  /** Reads the rest of a closing tag. */
  end(name: string, { named = false } = {}): void {
    this.nextToken();
    if (named && this.current().type === "symbol") this.nextToken();
    void name;
    this.closeTag();
  }

  closeTag(): void {
    const token = this.peekToken();
    if (token?.type !== "block-end") this.broken('expected "%}"');
    this.nextToken();
  }

  assignName(): Tree {
    const token = this.take("symbol", "a name");
    if (RESERVED.includes(token.value)) this.broken(`can't assign to '${token.value}'`);
    return node("Symbol", token, token.value);
  }

  /** `a`, `a, b` or `(a, b)`: what a loop or a set assigns to. */
  target(): Tree {
    const at = this.current();
    const names = [this.oneTarget()];
    let isTuple = false;
    while (this.skipOperator(",")) {
      isTuple = true;
      if (this.current().type !== "symbol" && !this.isOperator("(")) break;
      if (this.isName("in")) break;
      names.push(this.oneTarget());
    }
    return isTuple ? node("Tuple", at, names) : names[0]!;
  }

  oneTarget(): Tree {
    if (!this.skipOperator("(")) return this.assignName();
    const inner = this.target();
    this.wantOperator(")");
    return inner;
  }

  /** Names and defaults of a macro. */
  signature(): { names: Tree[]; defaults: Tree[] } {
    const names: Tree[] = [];
    const defaults: Tree[] = [];
    this.wantOperator("(");
    while (!this.skipOperator(")")) {
      if (names.length > 0) this.wantOperator(",");
      names.push(this.assignName());
      if (this.skipOperator("=")) defaults.push(this.expression());
      else if (defaults.length > 0) this.broken("non-default argument follows default argument");
    }
    return { names, defaults };
  }
}

function unknownTag(name: string, open: readonly string[] | null): string {
  const expected = open === null ? "" : `; expected ${open.map((one) => `"${one}"`).join(" or ")}`;
  return `Encountered unknown tag '${name}'${expected}`;
}

function withLine(fault: TemplateFault, line: number): TemplateFault {
  fault.line = line + 1;
  return fault;
}

const STATEMENTS: ReadonlyMap<string, Statement> = new Map<string, Statement>([
  ["if", ifStatement],
  ["for", forStatement],
  ["set", setStatement],
  ["with", withStatement],
  ["macro", (parser, at) => {
    const name = parser.assignName();
    const { names, defaults } = parser.signature();
    return closed(parser, "endmacro", (body) => node("Function", at, name, names, defaults, body), {
      named: true,
    });
  }],
  ["call", (parser, at) => {
    const caller = node("Symbol", at, "caller");
    const { names, defaults } = parser.isOperator("(") ? parser.signature() : { names: [], defaults: [] };
    const target = parser.expression();
    if (target.typename !== "Call") parser.broken("expected call");
    return closed(
      parser,
      "endcall",
      (body) => node("CallBlock", at, target, node("Function", at, caller, names, defaults, body)),
    );
  }],
  ["filter", (parser, at) => {
    const chain = parser.filterChain(node("Place", at));
    return closed(parser, "endfilter", (body) => node("FilterBlock", at, chain, body));
  }],
  ["autoescape", (parser, at) => {
    const value = parser.expression();
    return closed(parser, "endautoescape", (body) => node("Escaping", at, value, body));
  }],
  ["block", (parser, at) => {
    const name = parser.assignName();
    while (parser.isName("scoped") || parser.isName("required")) parser.nextToken();
    return closed(parser, "endblock", (body) => node("NamedBlock", at, name.value, body), { named: true });
  }],
]);

function closed(parser: Statements, tag: string, make: (body: Tree) => Tree, { named = false } = {}): Tree {
  const body = parser.until(tag);
  parser.end(tag, { named });
  return make(body);
}

function ifStatement(parser: Statements, at: { lineno: number; colno: number }): Tree {
  const cond = parser.tuple({ conditions: false });
  const body = parser.until("elif", "else", "endif");
  const tag = parser.nextToken()!;
  if (tag.value === "elif") {
    return node("If", at, cond, body, node("NodeList", tag, [ifStatement(parser, tag)]));
  }
  if (tag.value === "endif") {
    parser.closeTag();
    return node("If", at, cond, body, null);
  }
  return closed(parser, "endif", (otherwise) => node("If", at, cond, body, otherwise));
}

function forStatement(parser: Statements, at: { lineno: number; colno: number }): Tree {
  const target = parser.target();
  if (!parser.skipName("in")) parser.broken("expected 'in'");
  const list = parser.tuple({ conditions: false, ends: ["recursive"] });
  const cond = parser.skipName("if") ? parser.expression() : null;
  const recursive = parser.skipName("recursive");
  const body = parser.until("else", "endfor");
  const tag = parser.nextToken()!;
  if (tag.value === "else") {
    return closed(
      parser,
      "endfor",
      (otherwise) => node("Loop", at, target, list, cond, body, otherwise, recursive),
    );
  }
  parser.closeTag();
  return node("Loop", at, target, list, cond, body, null, recursive);
}

function setStatement(parser: Statements, at: { lineno: number; colno: number }): Tree {
  let target = parser.target();
  if (target.typename === "Symbol" && parser.skipOperator(".")) {
    target = node("MemberTarget", at, target.value, parser.take("symbol", "a name").value);
  }
  if (parser.skipOperator("=")) {
    const value = parser.tuple({});
    parser.closeTag();
    return node("Assign", at, target, value);
  }
  const chain = parser.isOperator("|")
    ? parser.filterChain(node("Place", at), { piped: true })
    : node("Place", at);
  return closed(parser, "endset", (body) => node("AssignBlock", at, target, chain, body));
}

function withStatement(parser: Statements, at: { lineno: number; colno: number }): Tree {
  const targets: Tree[] = [];
  const values: Tree[] = [];
  while (parser.current().type !== "block-end") {
    if (targets.length > 0) parser.wantOperator(",");
    targets.push(parser.oneTarget());
    parser.wantOperator("=");
    values.push(parser.expression());
  }
  return closed(parser, "endwith", (body) => node("With", at, targets, values, body));
}

/** The syntax tree of `source`. @throws TemplateFault TemplateSyntaxError */
export function parse(source: string): Tree {
  return new Statements(tokensOf(source)).parseAsRoot();
}
