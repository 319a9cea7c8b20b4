/**
 * Expressions as JavaScript, on the base of nunjucks' code generator: every operator and look-up becomes a
 * call of the rendering (`env`), which gives it Jinja2's meaning. Text of the template reaches the code as
 * JSON literals only.
 */
import { isFilter } from "./filters.ts";
import { GLOBAL_NAMES } from "./global_names.ts";
import { nunjucks, type Scope, type Tree } from "./nunjucks.ts";
import { syntaxFault } from "./tokens.ts";
import { TESTS } from "./tests.ts";
import { TemplateFault } from "./values.ts";

const BASE = nunjucks.compiler.Compiler;
const BINARY: Readonly<Record<string, string>> = {
  Add: "+",
  Sub: "-",
  Mul: "*",
  Div: "/",
  FloorDiv: "//",
  Mod: "%",
  Pow: "**",
};

export interface Arguments {
  args: Tree[];
  keywords: { name: string; value: Tree }[];
  spread: Tree | null;
  spreadKeywords: Tree | null;
}

export class ExpressionCompiler extends BASE {
  /** Names that are looked up in the context. */
  readonly free = new Set<string>();
  context(name: string): string {
    if (!GLOBAL_NAMES.has(name)) this.free.add(name);
    return `env.name(${JSON.stringify(name)})`;
  }

  list(trees: readonly Tree[], scope: Scope): void {
    this._emit("[");
    for (const tree of trees) {
      this.compile(tree, scope);
      this._emit(",");
    }
    this._emit("]");
  }

  argumentList(
    { args, keywords, spread, spreadKeywords }: Arguments,
    scope: Scope,
    caller: string | null = null,
  ): void {
    if (
      args.length + keywords.length === 0 && spread === null && spreadKeywords === null && caller === null
    ) {
      return this._emit("env.none");
    }
    this._emit("env.given(");
    this.list(args, scope);
    this._emit(", [");
    for (const { name, value } of keywords) {
      this._emit(`[${JSON.stringify(name)}, `);
      this.compile(value, scope);
      this._emit("],");
    }
    if (caller !== null) this._emit(`["caller", ${caller}]`);
    this._emit("]");
    for (const more of [spread, spreadKeywords]) {
      this._emit(", ");
      if (more === null) this._emit("null");
      else this.compile(more, scope);
    }
    this._emit(")");
  }

  // Expressions.

  compileSymbol(node: Tree, scope: Scope): void {
    const name = String(node.value);
    this._emit(scope.lookup(name) ?? this.context(name));
  }

  compileLiteral(node: Tree): void {
    const { value } = node;
    if (typeof value === "object" && value !== null) {
      const { int, float } = value as { int?: string; float?: string };
      const isPlain = int !== undefined && /^\d{1,15}$/.test(int);
      this._emit(isPlain ? String(Number(int)) : `env.number(${JSON.stringify({ int, float })})`);
    } else this._emit(JSON.stringify(value));
  }

  compileArray(node: Tree, scope: Scope): void {
    this.list(node.children, scope);
  }

  compileTuple(node: Tree, scope: Scope): void {
    this._emit("env.tuple(");
    this.list(node.children, scope);
    this._emit(")");
  }

  compileDict(node: Tree, scope: Scope): void {
    this._emit("env.dict([");
    for (const pair of node.children) {
      this.list([pair.key, pair.value as Tree], scope);
      this._emit(",");
    }
    this._emit("])");
  }

  compileLookupVal(node: Tree, scope: Scope): void {
    const dotted = typeof node.val.value === "string" && node.val.typename === "Literal";
    this._emit(dotted && node["dot"] === true ? "env.member(" : "env.item(");
    this.compile(node.target, scope);
    this._emit(", ");
    this.compile(node.val, scope);
    this._emit(")");
  }

  compileSlice(node: Tree, scope: Scope): void {
    this._emit("env.slice(");
    this.compile(node.target, scope);
    this._emit(", [");
    for (const bound of [node["start"], node["stop"], node["step"]]) {
      if (bound === null) this._emit("null");
      else this.compile(bound as Tree, scope);
      this._emit(",");
    }
    this._emit("])");
  }

  compileCall(node: Tree, scope: Scope): void {
    this._emit("env.call(");
    this.compile(node.target, scope);
    this._emit(", ");
    this.argumentList(node as unknown as Arguments, scope);
    this._emit(")");
  }

  compileFiltered(node: Tree, scope: Scope): void {
    const name = String(node.name);
    if (!isFilter(name)) throw unknown(`No filter named '${name}'.`, node);
    this.#named("filter", name, node, scope);
  }

  compileTested(node: Tree, scope: Scope): void {
    const name = String(node.name);
    if (!TESTS.has(name)) throw unknown(`No test named '${name}'.`, node);
    this.#named("test", name, node, scope);
  }

  #named(kind: "filter" | "test", name: string, node: Tree, scope: Scope): void {
    this._emit(`env.${kind}(${JSON.stringify(name)}, `);
    this.compile(node.target, scope);
    this._emit(", ");
    this.argumentList(node as unknown as Arguments, scope);
    this._emit(")");
  }

  compileInlineIf(node: Tree, scope: Scope): void {
    this._emit("(env.truth(");
    this.compile(node.cond, scope);
    this._emit(") ? ");
    this.compile(node.body, scope);
    this._emit(" : ");
    if (node.else_ === null) this._emit("env.noElse()");
    else this.compile(node.else_, scope);
    this._emit(")");
  }

  compileAnd(node: Tree, scope: Scope): void {
    this.#lazy("and", node, scope);
  }

  compileOr(node: Tree, scope: Scope): void {
    this.#lazy("or", node, scope);
  }

  #lazy(kind: "and" | "or", node: Tree, scope: Scope): void {
    this._emit(`env.${kind}(`);
    this.compile(node.left, scope);
    this._emit(", () => ");
    this.compile(node.right, scope);
    this._emit(")");
  }

  compileNot(node: Tree, scope: Scope): void {
    this._emit("!env.truth(");
    this.compile(node.target, scope);
    this._emit(")");
  }

  compileNeg(node: Tree, scope: Scope): void {
    this.#unary("-", node, scope);
  }

  compilePos(node: Tree, scope: Scope): void {
    this.#unary("+", node, scope);
  }

  #unary(op: string, node: Tree, scope: Scope): void {
    this._emit(`env.unary("${op}", `);
    this.compile(node.target, scope);
    this._emit(")");
  }

  compileCompare(node: Tree, scope: Scope): void {
    this._emit("env.compare(");
    this.compile(node.expr, scope);
    this._emit(", [");
    for (const { type, expr } of node.ops) {
      this._emit(`["${type}", () => `);
      this.compile(expr, scope);
      this._emit("],");
    }
    this._emit("])");
  }

  compileConcat(node: Tree, scope: Scope): void {
    const parts: Tree[] = [node.right];
    let left = node.left;
    for (; left.typename === "Concat"; left = left.left) parts.unshift(left.right);
    // Jinja2 joins constants when it compiles, and then as plain text.
    const all = [left, ...parts];
    this._emit(all.every(isConstant) ? "env.join(" : "env.concat(");
    this.list(all, scope);
    this._emit(")");
  }
}

for (const [kind, op] of Object.entries(BINARY)) {
  Object.defineProperty(ExpressionCompiler.prototype, `compile${kind}`, {
    value(this: ExpressionCompiler, node: Tree, scope: Scope): void {
      this._emit(`env.binary("${op}", `);
      this.compile(node.left, scope);
      this._emit(", ");
      this.compile(node.right, scope);
      this._emit(")");
    },
  });
}

function isConstant(tree: Tree): boolean {
  if (tree.typename === "Literal") return true;
  if (tree.typename === "Array" || tree.typename === "Tuple") return tree.children.every(isConstant);
  if (tree.typename !== "Filtered") return false;
  const { args, keywords, spread, spreadKeywords } = tree as unknown as Arguments;
  return spread === null && spreadKeywords === null && isConstant(tree.target) && args.every(isConstant) &&
    keywords.every(({ value }) => isConstant(value));
}

function unknown(message: string, node: Tree): TemplateFault {
  const fault = syntaxFault(message, node.lineno + 1);
  fault.kind = "TemplateAssertionError";
  return fault;
}
