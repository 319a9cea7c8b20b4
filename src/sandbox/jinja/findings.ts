/**
 * What the author should know when a template is saved: traps, which plain nunjucks reads differently from
 * Jinja2 without a word, and what is sure to fail when it is rendered. Each has a name, a sentence and a line.
 */
import type { Tree } from "./nunjucks.ts";
import { everyTree } from "./scopes.ts";

export interface Finding {
  severity: "faults" | "warnings";
  kind: string;
  message: string;
  line: number | null;
}

type Check = (tree: Tree) => readonly [kind: string, message: string] | null;

/** Filters whose answer can be read once and has no text. */
const ONCE = ["map", "select", "reject", "selectattr", "rejectattr", "unique", "batch", "slice", "items"];

function faultOf(tree: Tree): ReturnType<Check> {
  if (tree.typename === "Output") {
    const printed = tree.children.find((child) =>
      child.typename === "Filtered" && ONCE.includes(String(child.name))
    );
    if (printed === undefined) return null;
    const name = String(printed.name);
    return ["prints_generator", `the answer of "${name}" has no text: put |list or |join behind it`];
  }
  if (tree.typename === "Filtered" && ["length", "count", "last"].includes(String(tree.name))) {
    const { target } = tree;
    if (target.typename !== "Filtered" || !ONCE.includes(String(target.name))) return null;
    return [
      "measures_generator",
      `the answer of "${String(target.name)}" has no length or end: put |list behind it`,
    ];
  }
  return null;
}

const WARNINGS: Readonly<Record<string, Check>> = {
  Loop: (tree) => {
    const target = tree.target;
    const plain = tree.arr.typename === "Symbol" || tree.arr.typename === "LookupVal";
    if (target.typename !== "Tuple" || target.children.length !== 2 || !plain) return null;
    return [
      "loop_over_pairs",
      "a mapping gives its keys only: write .items() to get keys and values (nunjucks gives both)",
    ];
  },
  Assign: (tree) => {
    if (tree["inLoop"] !== true) return null;
    return [
      "set_in_loop",
      "a name set in a loop is lost at its end, as in Jinja2 (nunjucks keeps it): use namespace()",
    ];
  },
  Literal: (tree) =>
    tree.value === null
      ? ["prints_none", 'none prints "None", as in Jinja2 (nunjucks prints nothing): use default("", true)']
      : null,
  LookupVal: (tree) => {
    const name = tree.val.typename === "Literal" ? tree.val.value : null;
    if (
      tree["dot"] !== true ||
      !["items", "keys", "values", "get", "update", "copy", "pop"].includes(String(name))
    ) return null;
    return tree["called"] === true ? null : [
      "method_hides_entry",
      `.${name} is the method of a mapping, as in Jinja2: write ["${name}"] for an entry of that name`,
    ];
  },
  InlineIf: (tree) =>
    tree.else_ === null
      ? ["if_without_else", "an inline if without else prints nothing when it is false"]
      : null,
  Compare: (tree) => {
    const literal = (one: Tree) => one.typename === "Literal" ? typeof one.value : null;
    const sides = [tree.expr, ...tree.ops.map((op) => op.expr)].map(literal);
    if (!tree.ops.some((op) => op.type === "==" || op.type === "!=")) return null;
    if (!sides.includes("string") || !tree.ops.some((op) => /^\d+(\.\d+)?$/.test(String(op.expr.value)))) {
      return null;
    }
    return [
      "compares_text",
      "text never equals a number, as in Jinja2 (nunjucks compares loosely): drop the quotes, or use |string",
    ];
  },
};

export function findings(root: Tree, source: string): Finding[] {
  const trees = everyTree(root);
  markCalls(trees);
  markLoops(root);
  const found: Finding[] = [];
  const add = (severity: Finding["severity"], tree: Tree, told: ReturnType<Check>) => {
    if (told !== null) found.push({ severity, kind: told[0], message: told[1], line: tree.lineno + 1 });
  };
  for (const tree of trees) {
    add("faults", tree, faultOf(tree));
    if (tree.typename !== "Literal") add("warnings", tree, WARNINGS[tree.typename]?.(tree) ?? null);
    if (tree.typename !== "Output") continue;
    for (const child of tree.children) {
      if (child.typename === "Literal") add("warnings", child, WARNINGS["Literal"]!(child));
    }
  }
  if (/\|\s*tojson\s*\|\s*safe/.test(source)) {
    found.push({
      severity: "warnings",
      kind: "needless_safe",
      message: "tojson is safe already",
      line: null,
    });
  }
  return found;
}

function markCalls(trees: readonly Tree[]): void {
  for (const tree of trees) if (tree.typename === "Call") tree.target["called"] = true;
}

/** Marks what is set in a loop although the name is read or set outside of it. */
function markLoops(root: Tree): void {
  const outside = new Set<unknown>();
  const walk = (tree: Tree, inLoop: boolean): void => {
    if (tree.typename === "Assign" && tree.target.typename === "Symbol") {
      if (!inLoop) outside.add(tree.target.value);
      else if (outside.has(tree.target.value)) tree["inLoop"] = true;
    }
    if (tree.typename === "Loop") walk(tree.body, true);
    else if (tree.typename === "If") {
      for (const body of [tree.body, tree.else_]) body !== null && walk(body, inLoop);
    } else if (tree.typename === "NodeList" || tree.typename === "Root") {
      for (const child of tree.children) walk(child, inLoop);
    }
  };
  walk(root, false);
}
