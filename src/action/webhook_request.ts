/** The HTTP request of a webhook action for one alert (compat/actions.json, types.webhook.request). */
import { climbs } from "../base/call_template.ts";
import { endpointUrl } from "../base/own_endpoint.ts";
import { isObject, type JsonObject, type JsonValue, printedJson } from "../base/json.ts";
import type { MessageContext, RunFilters } from "../model/message.ts";
import type { WebhookAction } from "../model/action/webhook_action.ts";

export interface ActionRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** Controls would end a header, and begin another. */
const NO_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/g;

/**
 * GET sends params as the query and no body; the others send the body, or params in its place, as JSON.
 * @throws TypeError when what the alert puts into the endpoint makes no address of it
 */
export function actionRequest(
  action: WebhookAction,
  context: MessageContext,
  run: RunFilters,
): ActionRequest {
  const { method } = action;
  const url = addressOf(action, printedJson(action.endpoint(context, run)));
  const params = objectOf(action.params(context, run));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectOf(action.headers(context, run)))) {
    headers[name.toLowerCase()] = printedJson(value).replace(NO_HEADER_VALUE, " ");
  }
  if (method === "GET") {
    for (const [name, value] of Object.entries(params)) url.searchParams.append(name, printedJson(value));
    return { method, url: url.href, headers, body: new Uint8Array() };
  }
  headers["content-type"] ??= "application/json; charset=utf-8";
  const body = action.body === null ? params : action.body(context, run);
  return { method, url: url.href, headers, body: new TextEncoder().encode(JSON.stringify(body)) };
}

function addressOf({ written }: WebhookAction, endpoint: string): URL {
  const address = endpointUrl(endpoint);
  const template = endpointUrl(String(written.endpoint).replaceAll(/\{\{.*?\}\}/g, "x"));
  if (climbs(address) && !climbs(template)) {
    throw new TypeError("a value climbs out of its place in the path");
  }
  return new URL(address);
}

function objectOf(value: JsonValue): JsonObject {
  return isObject(value) ? value : {};
}
