/** Which names a body assigns itself: these are local to it, as Jinja2's scopes have it. */
import { NAME_NODE, type Tree } from "./nunjucks.ts";

/** Names that `body` assigns in its own scope, not counting loops and macros inside. */
export function assigned(body: Tree | readonly Tree[]): Set<string> {
  const names = new Set<string>();
  const walk = (tree: Tree | null): void => {
    if (tree === null) return;
    switch (tree.typename) {
      case "NodeList":
      case "Root":
        tree.children.forEach(walk);
        break;
      case "If":
        walk(tree.body);
        walk(tree.else_);
        break;
      case "Assign":
      case "AssignBlock":
        for (const name of targetNames(tree.target)) names.add(name);
        break;
      case "Function":
        names.add(String(tree.name.value));
    }
  };
  if (Array.isArray(body)) body.forEach(walk);
  else walk(body as Tree);
  return names;
}

/** The names a target binds; a member of a namespace binds none. */
export function targetNames(target: Tree): string[] {
  if (target.typename === "Tuple") return target.children.flatMap(targetNames);
  return target.typename === "Symbol" ? [String(target.value)] : [];
}

/** Whether `name` is read or assigned anywhere in `tree`. */
export function mentions(tree: Tree, name: string): boolean {
  return everyTree(tree).some((one) => one instanceof NAME_NODE && one.value === name);
}

/** `tree` and all below it, fields of any shape included. */
export function everyTree(tree: Tree): Tree[] {
  const found: Tree[] = [];
  const waiting: unknown[] = [tree];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (Array.isArray(one)) waiting.push(...one);
    else if (typeof one === "object" && one !== null) {
      if ("typename" in one) found.push(one as Tree);
      waiting.push(...Object.values(one));
    }
  }
  return found;
}
