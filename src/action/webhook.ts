/** An action of type "webhook": one request; its answer, as JSON, is its result (compat/actions.json). */
import { randomId } from "../base/ids.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { SecretMarks } from "../base/secret_marks.ts";
import { outcomeOfHttp } from "../channel/http_outcome.ts";
import { unsendable } from "../channel/mod.ts";
import type { HttpResult } from "../channel/http.ts";
import type { WebhookAction } from "../model/action/webhook_action.ts";
import type { ActionContext, ActionRun } from "./action.ts";
import { actionRequest } from "./webhook_request.ts";

export async function runWebhook(action: WebhookAction, context: ActionContext): Promise<ActionRun> {
  const { places, filters, http, signal, deliveryId, clock } = context;
  const secrets = new SecretMarks(randomId());
  let request;
  try {
    request = actionRequest(action, { ...places, secretMark: (name) => secrets.mark(name) }, filters);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return unsendable("message", "bad_url", "what the alert puts into the endpoint makes no address of it");
  }
  const headers = { ...request.headers, "idempotency-key": deliveryId };
  const answer = await http.send({ ...request, headers, secrets, signal, deadline_ms: action.timeout_ms });
  const outcome = outcomeOfHttp(answer, clock.now());
  const { endpoint, method } = action.written;
  return {
    ...outcome,
    ...(outcome.class === "delivered" && { result: resultOf(answer) }),
    references: { endpoint: endpoint!, method: method!, status_code: outcome.status },
  };
}

/** An object is itself; any other JSON stands under a name, and so does what is no JSON. */
function resultOf(answer: HttpResult): JsonObject {
  const text = answer.kind === "answer" ? answer.body : "";
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (_noJson) {
    return { text };
  }
  if (isObject(value)) return value;
  return Array.isArray(value) ? { items: value } : { value };
}
