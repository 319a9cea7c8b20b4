/** The server's own routes, out of the OpenAPI document. */
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import type { CompatTable } from "./compat_table.ts";

/** @param document the OpenAPI document, once all routes are registered */
export function systemEndpointRoutes(table: CompatTable, document: () => JsonObject): void {
  table.on("GET", "/api-manager/system/endpoints", {}, () => {
    const { paths } = document();
    const endpoints = Object.entries(isObject(paths) ? paths : {}).flatMap(([path, item]) =>
      Object.entries(isObject(item) ? item : {}).map(([method, operation]) => shown(path, method, operation))
    );
    return { data: { endpoints, count: endpoints.length } };
  });
}

function shown(path: string, method: string, operation: JsonValue): JsonObject {
  const { operationId, summary, description, tags, parameters, requestBody, responses } = isObject(operation)
    ? operation
    : {};
  return {
    ...{ method: method.toUpperCase(), path, operationId: operationId ?? "", summary: summary ?? "" },
    ...{ description: description ?? summary ?? "", tags: tags ?? [], parameters: parameters ?? [] },
    ...{ requestBody: requestBody ?? {}, responses: responses ?? {}, source: "openapi" },
  };
}
