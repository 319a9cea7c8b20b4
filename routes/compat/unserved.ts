/**
 * Endpoints of the reference system that have no counterpart here: each is answered in its error shape and
 * says what to use instead. docs/compatibility.md lists them with the reasons.
 */
import { Problem } from "../../src/base/problem.ts";
import type { Method } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";

const NOT_IMPLEMENTED = 501;

interface Unserved {
  method: Method;
  path: string;
  why: string;
}

const TOOLS = "there is no registry of tools beside this server: call the definition itself";

export const UNSERVED: readonly Unserved[] = [
  ...unserved(TOOLS, [
    ["GET", "/api-manager/apis/:id/export-options"],
    ["POST", "/api-manager/apis/:id/export-to-tools"],
    ["POST", "/api-manager/apis/:id/unlink-from-tool"],
  ]),
  ...unserved(
    "a route of the server is no definition that could be run: docs/api.md lists them",
    [
      ["POST", "/api-manager/system/endpoints/register"],
    ],
  ),
  ...unserved(
    "there is no language model in this server: write the rule, and POST /cep/rules/simulate-draft",
    [
      ["POST", "/ai/cep-copilot"],
    ],
  ),
];

function unserved(why: string, routes: readonly (readonly [Method, string])[]): Unserved[] {
  return routes.map(([method, path]) => ({ method, path, why }));
}

export function unservedRoutes(table: CompatTable): void {
  for (const { method, path, why } of UNSERVED) {
    table.raw(method, path, () => {
      throw new Problem({
        status: NOT_IMPLEMENTED,
        code: "not_supported",
        detail: `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")} is not served here: ${why}`,
      });
    });
  }
}
