/**
 * The SMS channel: Twilio, one message to each recipient. A message is the headline and the alert's message,
 * cut to what Twilio takes. Whom it reached is kept, so that retries go to the others; where an answer was
 * lost the message is not repeated by itself, since Twilio knows no key for repeats.
 */
import { z } from "zod";
import { baseUrl, rebasedTarget } from "./_fields.ts";
import { createMessage, type TwilioMessage } from "./_twilio.ts";
import { outcomeOfTwilio } from "./_twilio_outcome.ts";
import { type AttemptContext, defineChannel, type Message, type SendResult, unsendable } from "./channel.ts";
import { cutText, plainText } from "./cut_text.ts";
import { headline } from "./facts.ts";
import { combined, pendingOf } from "./recipients.ts";
import { smsSize } from "./sms_segments.ts";

const RECIPIENTS_MAX = 50;
const BODY_UNITS_MAX = 1600;
const SEGMENTS_MAX = 24;

const phoneNumber = z.string().overwrite((text) => text.replace(/[\s().-]/g, ""))
  .regex(/^\+?\d{3,15}$/, "expected a phone number such as +821012345678");

const schema = z.strictObject({
  account_sid: z.string().regex(/^AC\w{1,64}$/, 'expected an account SID, which starts with "AC"')
    .describe("The SID of the Twilio account."),
  auth_token: z.string().min(1).describe("The account's auth token. Kept secret."),
  from_number: z.string().trim().min(1).max(64).optional()
    .describe("The sender: a number of the account, or a sender id. Not needed with a messaging service."),
  messaging_service_sid: z.string().regex(/^MG\w{1,64}$/, 'expected a SID that starts with "MG"').optional()
    .describe("The messaging service that chooses the sender, in place of from_number."),
  recipients: z.array(phoneNumber).max(RECIPIENTS_MAX).default([])
    .describe("Numbers in international form, +821012345678. Each gets a message of its own."),
  segments_max: z.number().int().min(1).max(SEGMENTS_MAX).default(SEGMENTS_MAX)
    .describe(
      "A text is cut to so many parts, each of which is paid. 1,600 characters is the most in any case.",
    ),
  base_url: baseUrl,
}).refine((config) => config.from_number !== undefined || config.messaging_service_sid !== undefined, {
  path: ["from_number"],
  error: "expected a sender, or messaging_service_sid",
});

type SmsConfig = z.infer<typeof schema>;

const ORIGIN = "https://api.twilio.com/";

export const sms = defineChannel<SmsConfig, string>({
  type: "sms",
  title: "SMS",
  summary: "Sends each alert as a text message by Twilio.",
  schema,
  aliases: { to_numbers: "recipients", to: "recipients", from: "from_number" },
  secrets: { auth_token: "text", base_url: "url" },
  afterUnknown: "stop",
  targets: ({ base_url }) => [rebasedTarget("account_sid", ORIGIN, base_url)],
  render: (message, { config }) => smsText(message, config.segments_max),
  async send(body, config, context) {
    const { recipients } = config;
    if (recipients.length === 0) {
      return unsendable("channel", "no_recipients", "the channel has no recipients");
    }
    const pending = pendingOf(recipients, context.settled);
    const results = await Promise.all(
      pending.map(async (to) => [to, await sendOne(to, body, { config, context })] as const),
    );
    return combined(new Map(results), { recipients, before: context.settled, afterUnknown: "stop" });
  },
});

async function sendOne(
  to: string,
  body: string,
  { config, context }: { config: SmsConfig; context: AttemptContext },
): Promise<SendResult> {
  const message: TwilioMessage = config.messaging_service_sid === undefined
    ? { to, body, from: config.from_number! }
    : { to, body, messagingServiceSid: config.messaging_service_sid };
  return outcomeOfTwilio(await createMessage(config, message, context), context.clock.now());
}

/** "[CRITICAL] High CPU" and the alert's message, in at most so many parts. */
export function smsText(message: Message, segmentsMax: number): string {
  const own = () => `${headline(message)}\n${plainText(message.alert.message).replaceAll("\t", " ").trim()}`;
  const text = (message.words === undefined ? own() : plainText(message.words.text)).trim();
  let limit = BODY_UNITS_MAX;
  for (;;) {
    const cut = cutText(text, limit, (char) => char.length);
    const { segments } = smsSize(cut);
    if (segments <= segmentsMax) return cut;
    limit = Math.min(cut.length - 1, Math.floor(limit * segmentsMax / segments));
  }
}
