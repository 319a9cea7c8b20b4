/** The request that a rule makes when it fires: an action of type "webhook" (compat/actions.json). */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { closedObject } from "./closed_object.ts";
import { durationText } from "./duration_text.ts";
import { NOT_SUPPORTED_YET } from "./not_supported_yet.ts";
import { type Retry, retrySchema } from "./retry_policy.ts";
import { compileTemplated, type Templated, type TemplatedFault } from "./templated.ts";

export const ACTION_TIMEOUT_MS = 5_000;
const TIMEOUT_MS_MAX = 60_000;
const ENDPOINT_CHARACTERS_MAX = 8_192;
const HEADERS_MAX = 50;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Ours to set, or about the connection. */
const RESERVED =
  /^(?:host|content-length|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|idempotency-key)$/i;

export interface WebhookAction {
  method: typeof METHODS[number];
  /** Texts: an absolute address, and values by the names of headers. */
  endpoint: Templated;
  headers: Templated;
  /** Objects; `body` null: there is none. */
  params: Templated;
  body: Templated | null;
  timeout_ms: number;
  retry: Retry | null;
  /** As it was written, defaults filled in. */
  written: JsonObject;
}

const jsonObject = z.custom<JsonObject>(isObject, { error: "expected an object" });

const schema = closedObject({
  id: z.unknown().optional(),
  type: z.unknown().optional(),
  endpoint: z.string({ error: "Action endpoint is required" }).trim()
    .min(1, { error: "Action endpoint is required" }).max(ENDPOINT_CHARACTERS_MAX),
  method: z.string().transform((text) => text.trim().toUpperCase()).pipe(z.enum(METHODS)).nullish(),
  params: jsonObject.nullish(),
  headers: z.record(z.string().regex(HEADER_NAME, "not the name of a header"), z.string()).nullish(),
  body: jsonObject.nullish(),
  timeout: durationText.optional(),
  timeout_ms: z.number().int().min(1).max(TIMEOUT_MS_MAX).nullish(),
  timeout_seconds: z.number().positive().max(TIMEOUT_MS_MAX / 1000).nullish(),
  retry: retrySchema.nullish(),
});

/** The schema of an action_spec whose type is "webhook". */
export const webhookActionSchema = schema.transform((spec, ctx): WebhookAction => {
  const { endpoint, headers, params, body } = spec;
  const refuse = (path: (string | number)[], message: string, code = "invalid_value") =>
    void ctx.addIssue({ code: "custom", path, message, params: { code } });
  if (endpoint.startsWith("/")) {
    refuse(
      ["endpoint"],
      'Cannot use "endpoint": endpoints of this server are not supported yet',
      NOT_SUPPORTED_YET,
    );
  } else if (!/^https?:\/\/[^/{]/i.test(endpoint)) {
    refuse(
      ["endpoint"],
      "Cannot use this endpoint: expected an address that starts with http:// or https:// and a host",
    );
  }
  if (Object.keys(headers ?? {}).length > HEADERS_MAX) {
    refuse(["headers"], `Cannot use more than ${HEADERS_MAX} headers`, "out_of_range");
  }
  for (const name of Object.keys(headers ?? {})) {
    if (RESERVED.test(name)) {
      refuse(["headers", name], `Cannot use header "${name}": it cannot be set by an action`);
    }
  }
  const compiled = (member: string, value: JsonValue) => {
    const faults: TemplatedFault[] = [];
    const templated = compileTemplated(value, faults);
    for (const { path, message } of faults) refuse([member, ...path], message, "invalid_message");
    return templated;
  };
  const ms = spec.timeout_ms ?? (spec.timeout_seconds ? 1000 * spec.timeout_seconds : spec.timeout) ??
    ACTION_TIMEOUT_MS;
  if (ms > TIMEOUT_MS_MAX || ms < 1) {
    refuse(["timeout"], "Cannot use this timeout: expected 1ms to 1m", "out_of_range");
  }
  const method = spec.method ?? "GET";
  return {
    method,
    endpoint: compiled("endpoint", endpoint),
    headers: compiled("headers", headers ?? {}),
    params: compiled("params", params ?? {}),
    body: body && Object.keys(body).length > 0 ? compiled("body", body) : null,
    timeout_ms: ms,
    retry: spec.retry ?? null,
    written: {
      ...{
        endpoint,
        method,
        params: params ?? {},
        headers: headers ?? {},
        body: body ?? null,
        timeout_ms: ms,
      },
      ...(spec.retry && { retry: spec.retry as JsonObject }),
    },
  };
});
