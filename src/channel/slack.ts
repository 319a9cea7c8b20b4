/**
 * The Slack channel: an incoming webhook, of Slack or of a server that speaks like it. A message is a header,
 * the alert's message, its facts as fields, and a line of context, within Block Kit's limits; nothing in it
 * can address people or channels. Slack knows no key for repeats: after an unknown outcome the message is
 * sent again, since an alert shown twice is better than one never seen.
 */
import { z } from "zod";
import { baseUrl, hookUrl, rebased, rebasedTarget } from "./_fields.ts";
import { postJson } from "./_post_json.ts";
import { slackMessage } from "./_slack_message.ts";
import { outcomeOfSlack } from "./_slack_outcome.ts";
import { defineChannel } from "./channel.ts";

const schema = z.strictObject({
  webhook_url: hookUrl.describe(
    "The incoming webhook, https://hooks.slack.com/services/… Its path is kept secret.",
  ),
  base_url: baseUrl,
});

type SlackConfig = z.infer<typeof schema>;

export const slack = defineChannel<SlackConfig, object>({
  type: "slack",
  title: "Slack",
  summary: "Posts each alert to a channel of Slack by an incoming webhook.",
  schema,
  aliases: { url: "webhook_url" },
  secrets: { webhook_url: "hook", base_url: "url" },
  afterUnknown: "repeat",
  targets: ({ webhook_url, base_url }) => [rebasedTarget("webhook_url", webhook_url, base_url)],
  render: slackMessage,
  async send(message, { webhook_url, base_url }, context) {
    const result = await postJson(rebased(webhook_url, base_url), message, context);
    return outcomeOfSlack(result, context.clock.now());
  },
});
