/** What a template made of an alert is what the channels send, within their limits and nothing added. */
import assert from "node:assert/strict";
import { discordMessage } from "../../src/channel/_discord_message.ts";
import { emailText } from "../../src/channel/_email_message.ts";
import { pagerdutyEvent } from "../../src/channel/_pagerduty_event.ts";
import { slackMessage } from "../../src/channel/_slack_message.ts";
import type { Message, Words } from "../../src/channel/mod.ts";
import { smsSize } from "../../src/channel/sms_segments.ts";
import { smsText } from "../../src/channel/sms.ts";
import { alertOf } from "./channel_fixture.ts";

function worded(words: Partial<Words>): Message {
  return { kind: "alert", alert: alertOf(), words: { title: "Title", text: "", ...words } };
}

Deno.test("words: Slack gets the text of the template alone, with its marks as they are", () => {
  assert.deepEqual(slackMessage(worded({ text: "*cpu* is &lt;high&gt;" })), {
    text: "*cpu* is &lt;high&gt;",
  });
  const { text } = slackMessage(worded({ text: "x".repeat(5000) })) as { text: string };
  assert.equal(text.length, 4000);
});

Deno.test("words: Discord gets the text as content and calls nobody", () => {
  const message = discordMessage(worded({ text: `@everyone ${"x".repeat(3000)}` }));
  const { content, allowed_mentions } = message as { content: string; allowed_mentions: unknown };
  assert.equal(content.length, 2000);
  assert.deepEqual(allowed_mentions, { parse: [] });
});

Deno.test("words: a mail has the subject and the HTML of the template, on one line and as they are", () => {
  const mail = emailText(worded({ subject: "cpu\nBcc: all", html: "<b>high</b>" }));
  assert.equal(mail.subject, "cpu Bcc: all");
  assert.equal(mail.html, "<b>high</b>");
  assert.match(mail.text, /CPU at 97\.5 %/);
  assert.equal(emailText(worded({ title: "High CPU on web-1" })).subject, "High CPU on web-1");
});

Deno.test("words: an SMS is the text of the template, cut to the parts that are allowed", () => {
  assert.equal(smsText(worded({ text: "cpu high" }), 1), "cpu high");
  assert.equal(smsSize(smsText(worded({ text: "x".repeat(400) }), 1)).segments, 1);
});

Deno.test("words: PagerDuty gets what it takes of the document; what does not fit is as without a template", () => {
  const json = { summary: "cpu", severity: "nonsense", custom_details: { a: 1 }, routing_key: "stolen" };
  const event = pagerdutyEvent(worded({ json }), "key") as { routing_key: string; payload: object };
  assert.equal(event.routing_key, "key");
  const { summary, severity, source, custom_details } = event.payload as Record<string, unknown>;
  assert.deepEqual({ summary, severity, source, custom_details }, {
    ...{ summary: "cpu", severity: "critical", source: "web-1", custom_details: { a: 1 } },
  });
  const own = pagerdutyEvent({ kind: "alert", alert: alertOf() }, "key");
  assert.deepEqual(pagerdutyEvent(worded({ json: ["no", "object"] }), "key"), own);
});
