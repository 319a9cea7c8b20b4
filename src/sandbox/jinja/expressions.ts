/** The grammar of Jinja2's expressions (its parser.py), with bounded depth. */
import { node, nunjucks, type Token, type Tree } from "./nunjucks.ts";
import { syntaxFault } from "./tokens.ts";

const DEPTH_MAX = 48;
const CHAIN_MAX = 256;
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...["true", "True"].map((name) => [name, true] as const),
  ...["false", "False"].map((name) => [name, false] as const),
  ...["none", "None"].map((name) => [name, null] as const),
]);
/** Binary operators from the loosest to the tightest, and the nodes they make. */
const LEVELS: readonly Readonly<Record<string, string>>[] = [
  { "+": "Add", "-": "Sub" },
  { "~": "Concat" },
  { "*": "Mul", "/": "Div", "//": "FloorDiv", "%": "Mod" },
  { "**": "Pow" },
];
const BASE = nunjucks.parser.Parser;

interface TupleRules {
  /** Whether `a if b` may stand in it. */
  conditions?: boolean;
  /** Names that end it. */
  ends?: readonly string[];
  parentheses?: boolean;
}

export interface Arguments {
  args: Tree[];
  keywords: { name: string; value: Tree }[];
  spread: Tree | null;
  spreadKeywords: Tree | null;
}

const NONE: Arguments = { args: [], keywords: [], spread: null, spreadKeywords: null };

export class Expressions extends BASE {
  declare breakOnBlocks: string[] | null;
  #depth = 0;

  current(): Token {
    return this.peekToken() ?? this.broken("unexpected end of template");
  }

  broken(message: string): never {
    const token = this.peekToken();
    const shown = token === null ? "" : `, got '${token.value.slice(0, 40)}'`;
    throw syntaxFault(message + (message.startsWith("expected") ? shown : ""), (token?.lineno ?? 0) + 1);
  }

  isOperator(value: string): boolean {
    const token = this.peekToken();
    return token?.type === "operator" && token.value === value;
  }

  isName(value: string): boolean {
    const token = this.peekToken();
    return token?.type === "symbol" && token.value === value;
  }

  skipOperator(value: string): boolean {
    return this.isOperator(value) && this.nextToken() !== null;
  }

  skipName(value: string): boolean {
    return this.isName(value) && this.nextToken() !== null;
  }

  wantOperator(value: string): void {
    if (!this.skipOperator(value)) this.broken(`expected '${value}'`);
  }

  take(type: string, wish: string): Token {
    if (this.current().type !== type) this.broken(`expected ${wish}`);
    return this.nextToken()!;
  }

  // nunjucks' parseNodes calls these two for `{{ ... }}`.
  parseExpression(): Tree {
    return this.tuple({});
  }

  expression(): Tree {
    return this.#deeper(() => this.#condition());
  }

  advanceAfterVariableEnd(): void {
    this.take("variable-end", "end of print statement");
  }

  #deeper(read: () => Tree): Tree {
    if (++this.#depth > DEPTH_MAX) this.broken(`an expression nests deeper than ${DEPTH_MAX}`);
    const tree = read();
    this.#depth--;
    return tree;
  }

  #condition(): Tree {
    let body = this.#either("or", "Or");
    for (let links = 1; this.isName("if"); links++) {
      const at = this.nextToken()!;
      const cond = this.#either("or", "Or");
      const otherwise = this.skipName("else") ? this.#deeper(() => this.#condition()) : null;
      body = this.#link(node("InlineIf", at, cond, body, otherwise), links);
    }
    return body;
  }

  #link(tree: Tree, links: number): Tree {
    if (links > CHAIN_MAX) this.broken(`more than ${CHAIN_MAX} operators in a row`);
    return tree;
  }

  #either(word: "or" | "and", kind: string): Tree {
    const read = () => word === "or" ? this.#either("and", "And") : this.#not();
    let left = read();
    for (let links = 1; this.isName(word); links++) {
      const at = this.nextToken()!;
      left = this.#link(node(kind, at, left, read()), links);
    }
    return left;
  }

  #not(): Tree {
    if (!this.isName("not")) return this.#comparison();
    const at = this.nextToken()!;
    return node("Not", at, this.#deeper(() => this.#not()));
  }

  #comparison(): Tree {
    const at = this.current();
    const first = this.#math(0);
    const ops: Tree[] = [];
    for (let op = this.#comparisonSign(); op !== null; op = this.#comparisonSign()) {
      ops.push(this.#link(node("CompareOperand", at, this.#math(0), op), ops.length));
    }
    return ops.length === 0 ? first : node("Compare", at, first, ops);
  }

  #comparisonSign(): string | null {
    const token = this.peekToken();
    if (token?.type === "operator" && COMPARISONS.includes(token.value)) return this.nextToken()!.value;
    if (this.skipName("in")) return "in";
    if (!this.isName("not")) return null;
    const not = this.nextToken()!;
    if (this.skipName("in")) return "not in";
    this.pushToken(not);
    return null;
  }

  #math(level: number): Tree {
    const kinds = LEVELS[level];
    if (kinds === undefined) return this.#unary({ filters: true });
    let left = this.#math(level + 1);
    for (let links = 1;; links++) {
      const token = this.peekToken();
      const kind = token?.type === "operator" ? kinds[token.value] : undefined;
      if (kind === undefined) return left;
      const at = this.nextToken()!;
      left = this.#link(node(kind, at, left, this.#math(level + 1)), links);
    }
  }

  #unary({ filters }: { filters: boolean }): Tree {
    const token = this.current();
    let tree: Tree;
    if (this.isOperator("-") || this.isOperator("+")) {
      this.nextToken();
      tree = node(
        token.value === "-" ? "Neg" : "Pos",
        token,
        this.#deeper(() => this.#unary({ filters: false })),
      );
    } else tree = this.#primary();
    tree = this.#postfix(tree);
    return filters ? this.#filtersAndTests(tree) : tree;
  }

  #primary(): Tree {
    const token = this.nextToken() ?? this.broken("unexpected end of template");
    switch (token.type) {
      case "symbol":
        return CONSTANTS.has(token.value)
          ? node("Literal", token, CONSTANTS.get(token.value))
          : node("Symbol", token, token.value);
      case "string": {
        let value = token.value;
        while (this.peekToken()?.type === "string") value += this.nextToken()!.value;
        return node("Literal", token, value);
      }
      case "int":
      case "float":
        return node("Literal", token, { [token.type]: token.value.replaceAll("_", "") });
      case "operator":
        if (token.value === "(") return this.#deeper(() => this.#parenthesis());
        if (token.value === "[") return this.#deeper(() => node("Array", token, this.#listed("]")));
        if (token.value === "{") return this.#deeper(() => this.#mapping(token));
    }
    this.pushToken(token);
    return this.broken(`expected an expression`);
  }

  #parenthesis(): Tree {
    const tree = this.tuple({ parentheses: true });
    this.wantOperator(")");
    return tree;
  }

  #listed(close: string): Tree[] {
    const items: Tree[] = [];
    while (!this.skipOperator(close)) {
      if (items.length > 0) this.wantOperator(",");
      if (items.length > 0 && this.skipOperator(close)) break;
      items.push(this.expression());
    }
    return items;
  }

  #mapping(at: Token): Tree {
    const pairs: Tree[] = [];
    while (!this.skipOperator("}")) {
      if (pairs.length > 0) this.wantOperator(",");
      if (pairs.length > 0 && this.skipOperator("}")) break;
      const key = this.expression();
      this.wantOperator(":");
      pairs.push(node("Pair", at, key, this.expression()));
    }
    return node("Dict", at, pairs);
  }

  /** Expressions with commas between them; one without a comma stands for itself. */
  tuple({ conditions = true, ends = [], parentheses = false }: TupleRules): Tree {
    const at = this.current();
    const items: Tree[] = [];
    let commas = 0;
    while (!this.#endsTuple(ends)) {
      items.push(conditions ? this.expression() : this.#deeper(() => this.#either("or", "Or")));
      if (!this.skipOperator(",")) break;
      commas++;
    }
    if (commas === 0 && items.length === 1) return items[0]!;
    if (items.length === 0 && !parentheses) this.broken("expected an expression");
    return node("Tuple", at, items);
  }

  #endsTuple(ends: readonly string[]): boolean {
    const token = this.current();
    if (token.type === "block-end" || token.type === "variable-end" || this.isOperator(")")) return true;
    return token.type === "symbol" && ends.includes(token.value);
  }

  #postfix(given: Tree): Tree {
    let tree = given;
    for (let links = 1;; links++) {
      const token = this.peekToken();
      if (token?.type !== "operator") return tree;
      if (token.value === ".") tree = this.#dotted(tree);
      else if (token.value === "[") tree = this.#subscript(tree);
      else if (token.value === "(") tree = this.#call(tree);
      else return tree;
      this.#link(tree, links);
    }
  }

  #dotted(target: Tree): Tree {
    const at = this.nextToken()!;
    const token = this.nextToken();
    if (token?.type === "symbol") {
      const looked = node("LookupVal", at, target, node("Literal", token, token.value));
      looked["dot"] = true;
      return looked;
    }
    // "list.0.1" arrives as the float 0.1.
    if (token?.type === "float" && /^\d+\.\d+$/.test(token.value)) {
      const [first, second] = token.value.split(".").map((digits) => node("Literal", token, { int: digits }));
      return node("LookupVal", at, node("LookupVal", at, target, first), second);
    }
    if (token?.type === "int") {
      return node("LookupVal", at, target, node("Literal", token, { int: token.value }));
    }
    return this.broken("expected name or number");
  }

  #subscript(target: Tree): Tree {
    const at = this.nextToken()!;
    const parts: (Tree | null)[] = [null];
    let colons = 0;
    while (!this.skipOperator("]")) {
      if (this.skipOperator(":")) {
        if (++colons > 2) this.broken("expected ']'");
        parts.push(null);
      } else if (parts.at(-1) !== null) this.broken("expected ']'");
      else parts[parts.length - 1] = this.expression();
    }
    if (colons > 0) return node("Slice", at, target, parts[0], parts[1] ?? null, parts[2] ?? null);
    if (parts[0] === null) this.broken("expected an expression");
    return node("LookupVal", at, target, parts[0]);
  }

  #call(target: Tree): Tree {
    const at = this.current();
    const given = this.#arguments();
    return node("Call", at, target, given.args, given.keywords, given.spread, given.spreadKeywords);
  }

  #arguments(): Arguments {
    this.wantOperator("(");
    const given: Arguments = { args: [], keywords: [], spread: null, spreadKeywords: null };
    for (let count = 0; !this.skipOperator(")"); count++) {
      if (count > 0) this.wantOperator(",");
      if (count > 0 && this.skipOperator(")")) break;
      this.#argument(given);
    }
    return given;
  }

  #argument(given: Arguments): void {
    if (this.skipOperator("**")) {
      if (given.spreadKeywords !== null) this.broken("invalid syntax for function call expression");
      given.spreadKeywords = this.expression();
      return;
    }
    if (this.skipOperator("*")) {
      if (given.spread !== null) this.broken("invalid syntax for function call expression");
      given.spread = this.expression();
      return;
    }
    const value = this.expression();
    if (value.typename === "Symbol" && this.skipOperator("=")) {
      const name = String(value.value);
      if (given.keywords.some((one) => one.name === name)) this.broken(`keyword argument repeated: ${name}`);
      given.keywords.push({ name, value: this.expression() });
    } else {
      if (given.keywords.length > 0 || given.spreadKeywords !== null) {
        this.broken("invalid syntax for function call expression");
      }
      given.args.push(value);
    }
  }

  #filtersAndTests(given: Tree): Tree {
    let tree = given;
    for (let links = 1;; links++) {
      if (this.isOperator("|")) tree = this.filterChain(tree, { piped: true, once: true });
      else if (this.isName("is")) tree = this.#test(tree);
      else if (this.isOperator("(")) tree = this.#call(tree);
      else return tree;
      this.#link(tree, links);
    }
  }

  #dottedName(): Token {
    const name = this.take("symbol", "a name");
    while (this.skipOperator(".")) name.value += "." + this.take("symbol", "a name").value;
    return name;
  }

  /** `| name(...) | name ...`; without `piped` the first stands without its bar. */
  filterChain(target: Tree, { piped = false, once = false } = {}): Tree {
    let tree = target;
    for (
      let links = 1;
      links === 1 ? !piped || this.skipOperator("|") : !once && this.skipOperator("|");
      links++
    ) {
      const name = this.#dottedName();
      const given = this.isOperator("(") ? this.#arguments() : NONE;
      const { args, keywords, spread, spreadKeywords } = given;
      tree = this.#link(
        node("Filtered", name, tree, name.value, args, keywords, spread, spreadKeywords),
        links,
      );
    }
    return tree;
  }

  #test(target: Tree): Tree {
    const at = this.nextToken()!;
    const negated = this.skipName("not");
    const name = this.#dottedName();
    let given = NONE;
    if (this.isOperator("(")) given = this.#arguments();
    else if (this.#beginsOperand()) given = { ...NONE, args: [this.#postfix(this.#primary())] };
    const { args, keywords, spread, spreadKeywords } = given;
    const tested = node("Tested", at, target, name.value, args, keywords, spread, spreadKeywords);
    return negated ? node("Not", at, tested) : tested;
  }

  #beginsOperand(): boolean {
    const token = this.peekToken();
    if (token === null) return false;
    if (token.type === "operator") return token.value === "[" || token.value === "{";
    if (token.type === "symbol" && token.value === "is") {
      this.broken("You cannot chain multiple tests with is");
    }
    if (token.type === "symbol") return !["else", "or", "and"].includes(token.value);
    return ["string", "int", "float"].includes(token.type);
  }
}
