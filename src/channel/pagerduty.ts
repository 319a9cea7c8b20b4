/**
 * The PagerDuty channel: Events API v2. An alert triggers an incident, its acknowledgement
 * acknowledges it and its end resolves it, all by the alert's dedup_key, which also makes repeats harmless; deliveries of one key are sent in the order they were
 * made, since a trigger that comes after its resolve would open the incident again.
 */
import { z } from "zod";
import { isObject } from "../base/json.ts";
import { baseUrl } from "./_fields.ts";
import { pagerdutyEvent } from "./_pagerduty_event.ts";
import { parsedJson } from "./_parsed_json.ts";
import { postJson } from "./_post_json.ts";
import { defineChannel } from "./channel.ts";
import type { HttpAnswer } from "./http.ts";
import { outcomeOfHttp, type Reading } from "./http_outcome.ts";
import { ofChannel, ofMessage, transient } from "./verdict.ts";

const ORIGINS = { us: "https://events.pagerduty.com", eu: "https://events.eu.pagerduty.com" } as const;

const schema = z.strictObject({
  integration_key: z.string().regex(/^[\x21-\x7e]{21,255}$/, "expected a key of more than 20 characters")
    .describe("The integration key of a service's Events API v2 integration (routing key). Kept secret."),
  region: z.enum(["us", "eu"]).default("us").describe("Where the account lives."),
  default_severity: z.enum(["critical", "error", "warning", "info"]).default("critical")
    .describe("Taken for compatibility. Every alert has a severity, and that is what is sent."),
  base_url: baseUrl,
});

type PagerdutyConfig = z.infer<typeof schema>;

export const pagerduty = defineChannel<PagerdutyConfig, object>({
  type: "pagerduty",
  title: "PagerDuty",
  summary: "Opens and resolves incidents by the Events API v2.",
  schema,
  aliases: { routing_key: "integration_key" },
  secrets: { integration_key: "text", base_url: "url" },
  afterUnknown: "repeat",
  patience: "patient",
  ordered: true,
  acknowledges: true,
  targets: (config) => [{
    pointer: config.base_url === undefined ? "/config/region" : "/config/base_url",
    url: urlOf(config),
  }],
  render: (message, { config }) => pagerdutyEvent(message, config.integration_key),
  async send(event, config, context) {
    return outcomeOfHttp(await postJson(urlOf(config), event, context), context.clock.now(), read);
  },
});

function urlOf({ base_url, region }: PagerdutyConfig): string {
  return `${(base_url ?? ORIGINS[region]).replace(/\/+$/, "")}/v2/enqueue`;
}

/** As PagerDuty documents: 400 is final, any 5xx may be sent again. */
function read({ status, body }: HttpAnswer): Reading {
  if (status === 400) return { verdict: ofBadRequest(body) };
  return status >= 500 ? { verdict: transient("server_error") } : {};
}

/** "Invalid routing key" and its like are no fault of the message. */
function ofBadRequest(body: string) {
  const said = parsedJson(body);
  const errors = isObject(said) && Array.isArray(said.errors) ? said.errors : [];
  const ofKey = errors.some((error) => typeof error === "string" && /routing[_ ]key/i.test(error));
  return ofKey ? ofChannel("bad_routing_key") : ofMessage("bad_request");
}
