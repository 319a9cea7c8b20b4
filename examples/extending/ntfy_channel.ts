/**
 * A channel of one's own: messages to a topic of an ntfy server. It becomes src/channel/ntfy.ts and one line of
 * src/channel/registry.ts; docs, forms, validation, retries, circuits and secrets follow from its spec.
 */
import { z } from "zod";
import { defineChannel } from "../../src/channel/channel.ts";
import { outcomeOfHttp } from "../../src/channel/http_outcome.ts";

const schema = z.strictObject({
  topic_url: z.url().describe("Where the topic is, https://ntfy.example.com/alerts."),
  token: z.string().min(1).optional().describe("An access token of the server."),
});

interface Rendered {
  title: string;
  text: string;
  priority: string;
}

const PRIORITIES = { info: "2", warning: "3", error: "4", critical: "5" } as const;

export const ntfy = defineChannel<z.infer<typeof schema>, Rendered>({
  type: "ntfy",
  title: "ntfy",
  summary: "Posts each alert to a topic of an ntfy server.",
  schema,
  aliases: { url: "topic_url" },
  secrets: { token: "text" },
  // The server knows no key for repeats: after an unknown outcome it is sent again.
  afterUnknown: "repeat",
  targets: ({ topic_url }) => [{ pointer: "/topic_url", url: topic_url }],
  render: ({ alert, words }) => ({
    title: words?.title ?? alert.title,
    text: words?.text ?? alert.message,
    priority: PRIORITIES[alert.severity],
  }),
  async send({ title, text, priority }, { topic_url, token }, { http, clock, signal }) {
    const headers = { title, priority, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const body = new TextEncoder().encode(text);
    return outcomeOfHttp(
      await http.send({ method: "POST", url: topic_url, headers, body, signal }),
      clock.now(),
    );
  },
});
