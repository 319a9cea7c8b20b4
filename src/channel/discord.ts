/**
 * The Discord channel: a webhook that posts one embed. Mentions in an alert's texts notify nobody. The status
 * decides; how long a rate limit lasts stands in the body where no header says it. Discord knows no key for
 * repeats: after an unknown outcome the message is sent again.
 */
import { z } from "zod";
import { isObject } from "../base/json.ts";
import { discordMessage } from "./_discord_message.ts";
import { baseUrl, hookUrl, rebased, rebasedTarget } from "./_fields.ts";
import { parsedJson } from "./_parsed_json.ts";
import { postJson } from "./_post_json.ts";
import { defineChannel } from "./channel.ts";
import type { HttpAnswer } from "./http.ts";
import { outcomeOfHttp, type Reading } from "./http_outcome.ts";

const schema = z.strictObject({
  webhook_url: hookUrl.describe(
    "The channel's webhook, https://discord.com/api/webhooks/… Its path is kept secret.",
  ),
  base_url: baseUrl,
});

type DiscordConfig = z.infer<typeof schema>;

export const discord = defineChannel<DiscordConfig, object>({
  type: "discord",
  title: "Discord",
  summary: "Posts each alert to a channel of Discord by a webhook.",
  schema,
  aliases: { url: "webhook_url" },
  secrets: { webhook_url: "hook", base_url: "url" },
  afterUnknown: "repeat",
  targets: ({ webhook_url, base_url }) => [rebasedTarget("webhook_url", webhook_url, base_url)],
  render: discordMessage,
  async send(message, { webhook_url, base_url }, context) {
    const result = await postJson(waiting(rebased(webhook_url, base_url)), message, context);
    return outcomeOfHttp(result, context.clock.now(), read);
  },
});

/** Asks Discord to answer only once the message is there, so that a failure is told. */
function waiting(hook: string): string {
  const url = new URL(hook);
  url.searchParams.set("wait", "true");
  return url.href;
}

function read({ body }: HttpAnswer): Reading {
  const said = parsedJson(body);
  if (!isObject(said)) return {};
  const { code, retry_after } = said;
  return {
    ...(typeof code === "number" && { code: String(code) }),
    ...(typeof retry_after === "number" && retry_after >= 0 && { wait_ms: Math.ceil(retry_after * 1000) }),
  };
}
