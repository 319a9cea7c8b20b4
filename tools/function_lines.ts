/**
 * A Deno lint plugin that measures: it reports every function with its name and its number of lines, as
 * JSON. `tools/sizes.ts` runs it, so that functions are found by the parser of the platform and the house
 * needs no compiler of its own.
 */
export const FUNCTION_LINES_CODE = "measure/function-lines";

export default {
  name: "measure",
  rules: {
    "function-lines": {
      create: (context) => ({
        "FunctionDeclaration, FunctionExpression, ArrowFunctionExpression": (node: Deno.lint.Node) => {
          const lines = context.sourceCode.getText(node).split("\n").length;
          context.report({ node, message: JSON.stringify({ name: functionName(node), lines }) });
        },
      }),
    },
  },
} satisfies Deno.lint.Plugin;

function functionName(node: Deno.lint.Node): string {
  if (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") {
    if (node.id) return node.id.name;
  }
  const { parent } = node as Deno.lint.ArrowFunctionExpression;
  switch (parent.type) {
    case "VariableDeclarator":
      return nameOf(parent.id);
    case "MethodDefinition":
    case "Property":
    case "PropertyDefinition":
      return nameOf(parent.key);
    case "CallExpression":
      return `${nameOf(parent.callee)}()`;
    default:
      return "anonymous";
  }
}

function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  if (node.type === "PrivateIdentifier") return `#${node.name}`;
  if (node.type === "MemberExpression") return `${nameOf(node.object)}.${nameOf(node.property)}`;
  return "anonymous";
}
