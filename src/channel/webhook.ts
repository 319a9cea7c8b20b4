/**
 * The webhook channel: one signed HTTP request per attempt. The delivery id is `webhook-id` and
 * `Idempotency-Key` on every attempt, while timestamp and signature are the attempt's own; so a receiver
 * drops repeats, and an unknown outcome may be tried again.
 */
import { z } from "zod";
import type { AttemptContext } from "./channel.ts";
import { defineChannel } from "./channel.ts";
import { outcomeOfHttp } from "./http_outcome.ts";
import { signatures, type SigningKey, signingKey } from "./standard_webhooks.ts";
import { TEMPLATE_NAME_CHARACTERS_MAX } from "../model/template.ts";
import { isHttpUrl } from "./_fields.ts";
import { webhookBody } from "./_webhook_body.ts";

const HEADERS_MAX = 50;
const HEADER_CHARS_MAX = 8192;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// No line ends or other controls (RFC 9110, 5.5): a value must not become another header.
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// Ours to set, or about the connection.
const RESERVED =
  /^(?:host|content-length|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|idempotency-key|webhook-.*|proxy-.*)$/i;

const headerName = z.string().regex(HEADER_NAME, "not the name of a header")
  .refine((name) => !RESERVED.test(name), "this header cannot be set by a channel");
const headerValue = z.string().max(HEADER_CHARS_MAX).regex(HEADER_VALUE, "not the value of a header");
const secretText = z.string().refine(
  (text) => signingKey(text) !== undefined,
  'expected "whsec_" and base64 of 24 to 64 bytes, "whsk_" and base64 of an ed25519 key, ' +
    "or plain text of 8 characters or more",
);

const schema = z.strictObject({
  url: z.string().refine(isHttpUrl, "expected a URL that starts with http:// or https://")
    .describe(
      "Where to send. Redirects are not followed. Values of the query and long parts of the path are kept secret.",
    ),
  method: z.enum(["POST", "PUT", "PATCH"]).default("POST").describe("The request's method."),
  headers: z.record(headerName, headerValue).default({})
    .refine((headers) => Object.keys(headers).length <= HEADERS_MAX, `at most ${HEADERS_MAX} headers`)
    .describe("Further headers, such as Authorization. Their values are kept secret."),
  secret: secretText.optional()
    .describe("Signs each request as Standard Webhooks say. Unprefixed base64 is read as base64."),
  previous_secret: secretText.optional()
    .describe("Signs as well while receivers change over to `secret`."),
  format: z.enum(["standard", "flat", "alertmanager_v4", "template"], {
    error: 'expected "standard", "flat", "alertmanager_v4" or "template"',
  }).default("standard").describe("The shape of the body."),
  template: z.string().min(1).max(TEMPLATE_NAME_CHARACTERS_MAX).optional()
    .describe('The template of kind "webhook" that makes the body, with the format "template".'),
}).refine((config) => (config.format === "template") === (config.template !== undefined), {
  path: ["template"],
  error: 'expected together with the format "template", and only with it',
}).refine((config) => config.previous_secret === undefined || config.secret !== undefined, {
  path: ["previous_secret"],
  error: "expected together with `secret`",
});

type WebhookConfig = z.infer<typeof schema>;

export const webhook = defineChannel<WebhookConfig, Uint8Array<ArrayBuffer>>({
  type: "webhook",
  title: "Webhook",
  summary: "Sends each alert as a signed HTTP request.",
  schema,
  aliases: { webhook_url: "url", endpoint: "url", signing_secret: "secret" },
  secrets: { url: "url", secret: "text", previous_secret: "text", headers: "map" },
  afterUnknown: "repeat",
  targets: (config) => [{ pointer: "/config/url", url: config.url }],
  // A template's words come with the message.
  render: (message, { name, config: { format } }) => {
    const own = () => webhookBody(format === "template" ? "standard" : format, message, name);
    return new TextEncoder().encode(JSON.stringify(message.words?.json ?? own()));
  },
  async send(body, config, context) {
    const result = await context.http.send({
      method: config.method,
      url: config.url,
      headers: headersOf(config, body, context),
      body,
      signal: context.signal,
    });
    return outcomeOfHttp(result, context.clock.now());
  },
});

function headersOf(
  config: WebhookConfig,
  body: Uint8Array,
  { deliveryId: id, clock }: AttemptContext,
): Record<string, string> {
  const timestamp = Math.floor(clock.now() / 1000);
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" };
  for (const [name, value] of Object.entries(config.headers)) headers[name.toLowerCase()] = value;
  headers["idempotency-key"] = id;
  headers["webhook-id"] = id;
  headers["webhook-timestamp"] = String(timestamp);
  const keys = keysOf(config);
  if (keys.length > 0) headers["webhook-signature"] = signatures(keys, { id, timestamp, body });
  return headers;
}

function keysOf(config: WebhookConfig): SigningKey[] {
  return [config.secret, config.previous_secret]
    .map((secret) => secret === undefined ? undefined : signingKey(secret))
    .filter((key) => key !== undefined);
}
