/**
 * Our lint rules. Time, chance, the environment and the console are arguments everywhere but in one room
 * each; the engine is pure; a test that is switched off says why (docs/decisions/0003).
 *
 * A rule looks at names, not at bindings: a local variable called `performance` is reported too. What reads no
 * clock is free: `Date` as a type, `Date.UTC`, and in tests `Date.parse`, which elsewhere would take text
 * without a zone for local time.
 */
type Node = Deno.lint.Node;
type Context = Deno.lint.RuleContext;

interface Room {
  /** Globals, or members of globals written as `object.member`. */
  names: readonly string[];
  /** Paths from the root of the repository: folders end in a slash. */
  rooms: readonly string[];
  wish: string;
  /** Members of `names` that are free, each in the rooms given; "" is everywhere. */
  free?: Readonly<Record<string, readonly string[]>>;
}

const TIME_AND_CHANCE: Room = {
  names: [
    "Date",
    "performance",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "Math.random",
    "crypto.randomUUID",
    "crypto.getRandomValues",
  ],
  rooms: ["src/base/", "web/"],
  wish: "take a Clock or an Rng of src/base as an argument",
  free: { "Date.UTC": [""], "Date.parse": ["test/"] },
};

const ENVIRONMENT: Room = {
  names: ["Deno.env", "process.env"],
  rooms: [
    "main.ts",
    "deploy.ts",
    "cli/process_terminal.ts",
    "cli/start.ts",
    "tools/",
    "test/",
    "bench/",
    "examples/",
  ],
  wish: "take the setting as an argument; the composition root reads the environment",
};

const CONSOLE: Room = {
  names: ["console"],
  rooms: ["src/base/logging.ts", "tools/", "test/", "bench/", "examples/", "web/"],
  wish: "take a Logger of src/base as an argument",
};

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

export default {
  name: "tocsin",
  rules: {
    "time-and-chance": { create: (context) => onlyIn(TIME_AND_CHANCE, context) },
    "environment": { create: (context) => onlyIn(ENVIRONMENT, context) },
    "console": { create: (context) => onlyIn(CONSOLE, context) },
    "pure-engine": { create: pureEngine },
    "reasoned-skip": { create: reasonedSkip },
  },
} satisfies Deno.lint.Plugin;

function onlyIn(room: Room, context: Context): Deno.lint.LintVisitor {
  if (isIn(room.rooms, context)) return {};
  const report = (node: Node, name: string) =>
    context.report({ node, message: `${name} belongs to ${room.rooms.join(", ")}`, hint: room.wish });
  return {
    Identifier(node) {
      if (!room.names.includes(node.name) || !isGlobalValue(node)) return;
      if (!isFree(room, node.parent, context)) report(node, node.name);
    },
    MemberExpression(node) {
      const name = memberName(node);
      if (name === undefined || !room.names.includes(name)) return;
      if (!isFree(room, node.parent, context)) report(node, name);
    },
  };
}

function pureEngine(context: Context): Deno.lint.LintVisitor {
  if (!isIn(["src/engine/"], context)) return {};
  const report = (node: Node, what: string) =>
    context.report({
      node,
      message: `${what} in the engine, which is pure: no await, no I/O, no clock`,
      hint: "do it in the room that calls the engine and hand the result over as data",
    });
  return {
    AwaitExpression: (node) => report(node, "await"),
    "FunctionDeclaration[async=true], FunctionExpression[async=true], ArrowFunctionExpression[async=true]": (
      node: Node,
    ) => report(node, "an async function"),
    Identifier(node) {
      if (["Deno", "fetch", "process", "Promise"].includes(node.name) && isGlobalValue(node)) {
        report(node, node.name);
      }
    },
    ImportDeclaration(node) {
      if (node.source.value.startsWith("node:")) report(node, node.source.value);
    },
  };
}

function reasonedSkip(context: Context): Deno.lint.LintVisitor {
  const lines = context.sourceCode.text.split("\n");
  const ask = (node: Node, what: string) => {
    if (hasReason(lines, context.sourceCode.text.slice(0, node.range[0]).split("\n").length - 1)) return;
    context.report({
      node,
      message: `${what} without a reason`,
      hint: "say why in a comment on this line or the one above",
    });
  };
  return {
    MemberExpression(node) {
      const name = memberName(node);
      if (name === "Deno.test.only") {
        context.report({ node, message: "Deno.test.only hides every other test" });
      }
      if (name === "Deno.test.ignore") ask(node, name);
    },
    Property(node) {
      if (node.key.type !== "Identifier" || node.value.type !== "Literal") return;
      const { name } = node.key;
      if (name === "only" && node.value.value === true) {
        context.report({ node, message: "only: true hides every other test" });
      }
      if (name === "ignore" && node.value.value === true) ask(node, "ignore: true");
      if (name.startsWith("sanitize") && node.value.value === false) ask(node, `${name}: false`);
    },
  };
}

function hasReason(lines: readonly string[], index: number): boolean {
  return /\/\/ ?\S/.test(lines[index] ?? "") || /^\s*(\/\/|\*|\/\*)/.test(lines[index - 1] ?? "");
}

function isFree(room: Room, node: Node, context: Context): boolean {
  const name = node.type === "MemberExpression" ? memberName(node) : undefined;
  return name !== undefined && isIn(room.free?.[name] ?? [], context);
}

function isIn(rooms: readonly string[], context: Context): boolean {
  const path = context.filename.startsWith(ROOT) ? context.filename.slice(ROOT.length) : context.filename;
  return rooms.some((room) => room === "" || room.endsWith("/") ? path.startsWith(room) : path === room);
}

/** Is this identifier read as a value of the global scope, and not the name of a member or a type? */
function isGlobalValue(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node || parent.computed;
    case "PropertyDefinition":
      return parent.value === node;
    default:
      return !parent.type.startsWith("TS") && parent.type !== "MethodDefinition" &&
        parent.type !== "ImportSpecifier";
  }
}

/** `a.b.c` as text, without a leading `globalThis.`; undefined for computed and other members. */
function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (node.computed || node.property.type !== "Identifier") return undefined;
  const member = node.property.name;
  if (node.object.type === "Identifier") {
    return node.object.name === "globalThis" ? member : `${node.object.name}.${member}`;
  }
  if (node.object.type !== "MemberExpression") return undefined;
  const object = memberName(node.object);
  return object === undefined ? undefined : `${object}.${member}`;
}
