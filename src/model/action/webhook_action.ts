/** The request that a rule makes when it fires: an action of type "webhook" (compat/actions.json). */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { isOwn, OWN_PATHS } from "../../base/own_endpoint.ts";
import { closedObject } from "../closed_object.ts";
import { compileAddress, compileTemplated, type Templated, type TemplatedFault } from "../templated.ts";
import {
  type Refuse,
  refusing,
  type StepCommon,
  stepCommon,
  stepMembers,
  writtenCommon,
} from "./step_members.ts";

const ENDPOINT_CHARACTERS_MAX = 8_192;
export const HEADERS_MAX = 50;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Host and port are written out: no value of an alert may choose them. */
export const WRITTEN_HOST = /^https?:\/\/[^/?#{}@\s]+(?:[/?#]|$)/i;
/** Ours to set, or about the connection. */
export const RESERVED_HEADER =
  /^(?:host|content-length|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|idempotency-key)$/i;

export interface WebhookAction extends StepCommon {
  type: "webhook";
  method: typeof METHODS[number];
  /** Texts: an absolute address or a path of this server, and values by the names of headers. */
  endpoint: Templated;
  headers: Templated;
  /** Objects; `body` null: there is none. */
  params: Templated;
  body: Templated | null;
  /** As it was written, defaults filled in. */
  written: JsonObject;
}

export const jsonObject = z.custom<JsonObject>(isObject, { error: "expected an object" });

const schema = closedObject({
  ...stepMembers,
  endpoint: z.string({ error: "Action endpoint is required" }).trim()
    .min(1, { error: "Action endpoint is required" }).max(ENDPOINT_CHARACTERS_MAX),
  method: z.string().transform((text) => text.trim().toUpperCase()).pipe(z.enum(METHODS)).nullish(),
  params: jsonObject.nullish(),
  headers: z.record(z.string().regex(HEADER_NAME, "not the name of a header"), z.string()).nullish(),
  body: jsonObject.nullish(),
});

/** The schema of an action whose type is "webhook". */
export const webhookActionSchema = schema.transform((spec, ctx): WebhookAction => {
  const { endpoint, method } = spec;
  const [headers, params, body] = [spec.headers ?? {}, spec.params ?? {}, spec.body ?? null];
  const refuse = refusing(ctx);
  checkEndpoint(endpoint, refuse);
  checkHeaders(Object.keys(headers), refuse);
  const compiled = compiler(refuse, { secrets: true });
  const common = stepCommon(spec, refuse);
  return {
    type: "webhook",
    ...common,
    method: method ?? "GET",
    endpoint: compiledAddress(endpoint, refuse),
    headers: compiled("headers", headers),
    params: compiled("params", params),
    body: body !== null && Object.keys(body).length > 0 ? compiled("body", body) : null,
    written: {
      ...{ type: "webhook", endpoint, method: method ?? "GET", params, headers, body },
      ...writtenCommon(common),
    },
  };
});

/** Compiles the places in a member; faults are told at their pointers. */
export function compiler(
  refuse: Refuse,
  { secrets = false } = {},
): (member: string, value: JsonValue) => Templated {
  return (member, value) => {
    const faults: TemplatedFault[] = [];
    const templated = compileTemplated(value, faults, { secrets });
    for (const { path, message } of faults) refuse([member, ...path], message, "invalid_message");
    return templated;
  };
}

function compiledAddress(endpoint: string, refuse: Refuse): Templated {
  const faults: TemplatedFault[] = [];
  const templated = compileAddress(endpoint, faults);
  for (const { message } of faults) refuse(["endpoint"], message, "invalid_message");
  return templated;
}

function checkEndpoint(endpoint: string, refuse: Refuse): void {
  if (isOwn(endpoint)) {
    if (endpoint.startsWith(OWN_PATHS)) return;
    const message =
      `Cannot use ${JSON.stringify(endpoint)} as endpoint: of this server only API definitions ` +
      `can be asked, under ${OWN_PATHS}`;
    return refuse(["endpoint"], message);
  }
  if (WRITTEN_HOST.test(endpoint)) return;
  refuse(
    ["endpoint"],
    "Cannot use this endpoint: expected an address that starts with http:// or https:// and a host",
  );
}

function checkHeaders(names: readonly string[], refuse: Refuse): void {
  if (names.length > HEADERS_MAX) {
    refuse(["headers"], `Cannot use more than ${HEADERS_MAX} headers`, "out_of_range");
  }
  for (const name of names.filter((name) => RESERVED_HEADER.test(name))) {
    refuse(["headers", name], `Cannot use header "${name}": it cannot be set by an action`);
  }
}
