/**
 * Statements as JavaScript: loops, macros, blocks and what they declare. Scopes of Jinja2 become blocks and
 * variables of JavaScript; output is gathered in a variable per block (`buffer`, nunjucks' word).
 */
import { type Arguments, ExpressionCompiler } from "./expression_compiler.ts";
import { nunjucks, type Scope, type Tree } from "./nunjucks.ts";
import { assigned, mentions } from "./scopes.ts";

export class Compiler extends ExpressionCompiler {
  #rootScope: Scope | null = null;

  compileRoot(node: Tree): void {
    const scope = new nunjucks.runtime.Frame();
    this.#rootScope = scope;
    this._emitFuncBegin(node, "root");
    this.#locals(assigned(node), scope, scope.push());
    node.children.forEach((child) => this.compile(child, scope));
    this._emitFuncEnd();
    this._emitLine("return root;");
  }

  /** Declares `names` in `scope`, starting with what they mean outside. */
  #locals(names: Iterable<string>, scope: Scope, outside: Scope): void {
    for (const name of names) {
      const variable = this._tmpid();
      const outer = outside.lookup(name) ?? `env.name(${JSON.stringify(name)})`;
      this._emitLine(`let ${variable} = ${outer};`);
      scope.set(name, variable);
    }
  }

  /** A function body that answers its output. */
  #block(body: Tree, scope: Scope, declare: (inner: Scope) => void = () => {}): void {
    const inner = scope.push();
    const buffer = this.buffer;
    this._emitLine("{");
    declare(inner);
    const outside = inner.push();
    this.#locals([...assigned(body)].filter((name) => !this.#declares(inner, scope, name)), inner, outside);
    this.buffer = this._tmpid();
    this._emitLine(`let ${this.buffer} = "";`);
    this.compile(body, inner);
    this._emitLine(`return ${this.buffer};`);
    this._emit("}");
    this.buffer = buffer;
  }

  #declares(inner: Scope, outer: Scope, name: string): boolean {
    const own = inner.lookup(name);
    return own !== undefined && own !== outer.lookup(name);
  }

  #bind(target: Tree, variable: string, scope: Scope): void {
    if (target.typename === "Symbol") {
      const id = this._tmpid();
      this._emitLine(`let ${id} = ${variable};`);
      scope.set(String(target.value), id);
      return;
    }
    const parts = this._tmpid();
    this._emitLine(`const ${parts} = env.unpack(${variable}, ${target.children.length});`);
    target.children.forEach((child, index) => this.#bind(child, `${parts}[${index}]`, scope));
  }

  #assign(target: Tree, value: string, scope: Scope): void {
    if (target.typename === "Symbol") {
      this._emitLine(`${scope.lookup(String(target.value))} = ${value};`);
    } else if (target.typename === "MemberTarget") {
      const holder = scope.lookup(String(target.value)) ?? this.context(String(target.value));
      this._emitLine(`env.setMember(${holder}, ${JSON.stringify(target["member"])}, ${value});`);
    } else {
      const parts = this._tmpid();
      this._emitLine(`const ${parts} = env.unpack(${value}, ${target.children.length});`);
      target.children.forEach((child, index) => this.#assign(child, `${parts}[${index}]`, scope));
    }
  }

  #line(node: Tree): void {
    this._emitLine(`env.line = ${node.lineno + 1};`);
  }

  // Statements, by the names nunjucks calls them under.

  compileOutput(node: Tree, scope: Scope): void {
    for (const child of node.children) {
      if (child.typename === "TemplateData") {
        this._emitLine(`${this.buffer} += env.data(${JSON.stringify(child.value)});`);
        continue;
      }
      this.#line(child);
      this._emit(`${this.buffer} += env.out(`);
      this.compile(child, scope);
      this._emitLine(");");
    }
  }

  compileIf(node: Tree, scope: Scope): void {
    this.#line(node);
    this._emit("if (env.truth(");
    this.compile(node.cond, scope);
    this._emitLine(")) {");
    this.compile(node.body, scope);
    this._emitLine("}");
    if (node.else_ === null) return;
    this._emitLine("else {");
    this.compile(node.else_, scope);
    this._emitLine("}");
  }

  compileLoop(node: Tree, scope: Scope): void {
    const [value, loop] = [this._tmpid(), this._tmpid()];
    this.#line(node);
    this._emit(`${this.buffer} += env.loop(`);
    this.compile(node.arr, scope);
    this._emit(`, { body: (${value}, ${loop}) => `);
    this.#block(node.body, scope, (inner) => {
      inner.set("loop", loop);
      this.#bind(node.target, value, inner);
    });
    this._emit(`, test: `);
    if ((node.cond as Tree | null) === null) this._emit("null");
    else {
      const inner = scope.push();
      this._emitLine(`(${value}) => {`);
      this.#bind(node.target, value, inner);
      this._emit("return env.truth(");
      this.compile(node.cond, inner);
      this._emitLine("); }");
    }
    this._emit(", otherwise: ");
    if (node.else_ === null) this._emit("null");
    else {
      this._emit("() => ");
      this.#block(node.else_, scope);
    }
    this._emitLine(`, recursive: ${node["recursive"] === true} });`);
  }

  compileAssign(node: Tree, scope: Scope): void {
    const value = this._tmpid();
    this.#line(node);
    this._emit(`const ${value} = `);
    this.compile(node.val, scope);
    this._emitLine(";");
    this.#assign(node.target, value, scope);
  }

  compileAssignBlock(node: Tree, scope: Scope): void {
    const [value, body] = [this._tmpid(), this._tmpid()];
    this.#line(node);
    this.#body(node.body, body, scope);
    this._emit(`const ${value} = `);
    this.#overPlace(node.val, body, scope);
    this._emitLine(";");
    this.#assign(node.target, value, scope);
  }

  /** Puts the output of `tree` into the variable `body`, safe under autoescape. */
  #body(tree: Tree, body: string, scope: Scope): void {
    this._emit(`const ${body} = env.markup((() => `);
    this.#block(tree, scope);
    this._emitLine(")());");
  }

  /** A chain of filters over the variable `body`. */
  #overPlace(chain: Tree, body: string, scope: Scope): void {
    const inner = scope.push();
    inner.set(" place", body);
    this.compile(chain, inner);
  }

  compilePlace(_node: Tree, scope: Scope): void {
    this._emit(scope.lookup(" place")!);
  }

  compileFilterBlock(node: Tree, scope: Scope): void {
    const body = this._tmpid();
    this.#line(node);
    this.#body(node.body, body, scope);
    this._emit(`${this.buffer} += env.raw(`);
    this.#overPlace(node.val, body, scope);
    this._emitLine(");");
  }

  compileWith(node: Tree, scope: Scope): void {
    const values = node.children.map((child) => {
      const value = this._tmpid();
      this._emit(`const ${value} = `);
      this.compile(child, scope);
      this._emitLine(";");
      return value;
    });
    this._emit(`${this.buffer} += (() => `);
    this.#block(node.body, scope, (inner) => {
      node.targets.forEach((target, index) => this.#bind(target, values[index]!, inner));
    });
    this._emitLine(")();");
  }

  compileEscaping(node: Tree, scope: Scope): void {
    this._emit(`${this.buffer} += env.escaping(`);
    this.compile(node.val, scope);
    this._emit(", () => ");
    this.#block(node.body, scope);
    this._emitLine(");");
  }

  compileNamedBlock(node: Tree): void {
    this._emit(`${this.buffer} += env.block(${JSON.stringify(node.value)}, () => `);
    this.#block(node.body, this.#rootScope!);
    this._emitLine(");");
  }

  compileFunction(node: Tree, scope: Scope): void {
    const name = String(node.name.value);
    this._emit(`${scope.lookup(name)} = `);
    this.#macro(node, scope);
    this._emitLine(";");
  }

  #macro(node: Tree, scope: Scope): void {
    const names = node.targets.map((target) => String(target.value));
    const special = ["caller", "varargs", "kwargs"].map((one) => [one, mentions(node.body, one)] as const);
    const uses = Object.fromEntries(special);
    const given = this._tmpid();
    this._emit(`env.macro(${JSON.stringify({ name: node.name.value, names, uses })}, (${given}) => `);
    this.#block(node.body, scope, (inner) => {
      for (const [one] of special) inner.set(one, `${given}.${one}`);
      node.targets.forEach((target, index) => this.#parameter(node, { target, index, given }, inner));
    });
    this._emit(")");
  }

  #parameter(
    node: Tree,
    { target, index, given }: { target: Tree; index: number; given: string },
    inner: Scope,
  ): void {
    const id = this._tmpid();
    const fallback = node.children[index - (node.targets.length - node.children.length)];
    this._emit(`let ${id} = ${given}.args[${index}] !== undefined ? ${given}.args[${index}] : `);
    if (fallback === undefined) this._emit(`env.noArgument(${JSON.stringify(target.value)})`);
    else this.compile(fallback, inner);
    this._emitLine(";");
    inner.set(String(target.value), id);
  }

  compileCallBlock(node: Tree, scope: Scope): void {
    this.#line(node);
    const caller = this._tmpid();
    this._emit(`const ${caller} = `);
    this.#macro(node.val, scope);
    this._emitLine(";");
    this._emit(`${this.buffer} += env.raw(env.call(`);
    this.compile(node.target.target, scope);
    this._emit(", ");
    this.argumentList(node.target as unknown as Arguments, scope, caller);
    this._emitLine("));");
  }
}

export interface Compiled {
  code: string;
  /** Names looked up in the context, sorted. */
  variables: string[];
}

/** @throws TemplateFault TemplateSyntaxError, TemplateAssertionError */
export function compile(tree: Tree): Compiled {
  const compiler = new Compiler(null, false);
  compiler.compile(tree, undefined as unknown as Scope);
  return { code: compiler.getCode(), variables: [...compiler.free].sort() };
}
