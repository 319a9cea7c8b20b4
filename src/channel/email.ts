/**
 * The email channel: one mail to all recipients by an SMTP server. A server may take it for some recipients
 * and refuse others, for now or for good: what is settled with each is kept, so that retries go to the others
 * alone. Every attempt carries the same Message-ID, by which a receiver can drop what comes twice.
 */
import { z } from "zod";
import { type EmailText, emailText } from "./_email_message.ts";
import { outcomeOfMail } from "./_mail_outcome.ts";
import { type AttemptContext, defineChannel, unsendable } from "./channel.ts";
import type { Mail, MailServer } from "./mail.ts";
import { combined, pendingOf } from "./recipients.ts";

/** What a server must take in one go (RFC 5321, 4.5.3.1.8). */
const RECIPIENTS_MAX = 100;
const LOCAL_PART_BYTES_MAX = 64;
const ADDRESS_BYTES_MAX = 254;
const IMPLICIT_TLS_PORT = 465;
const ADDRESS = /^[^\s<>@,;:"()[\]\\\p{Cc}]+@[^\s<>@,;:"()\\\p{Cc}]+$/u;

const address = z.string().trim().regex(ADDRESS, "expected an address such as ops@example.com")
  .refine((text) => bytesOf(text) <= ADDRESS_BYTES_MAX, `at most ${ADDRESS_BYTES_MAX} bytes`)
  .refine((text) => bytesOf(text.split("@")[0]!) <= LOCAL_PART_BYTES_MAX, "the part before @ is too long");

const schema = z.strictObject({
  smtp_host: z.string().trim().regex(/^(?:[\w.-]+|\[?[0-9a-f:.]+\]?)$/i, "expected the name of a host")
    .describe("The mail server's name or address."),
  smtp_port: z.coerce.number().int().min(1).max(65535).default(587)
    .describe("465 is TLS from the first byte, any other port STARTTLS."),
  use_tls: z.boolean().default(true)
    .describe("With true nothing is sent unless the connection is encrypted and the certificate valid."),
  username: z.string().min(1).optional().describe("For the login; from_email where it is absent."),
  password: z.string().min(1).optional().describe("Kept secret. Without one there is no login."),
  from_email: address.describe("The sender."),
  recipients: z.array(address).max(RECIPIENTS_MAX).default([]).describe("Whom the mail goes to."),
});

type EmailConfig = z.infer<typeof schema>;

export const email = defineChannel<EmailConfig, EmailText>({
  type: "email",
  title: "Email",
  summary: "Sends each alert as a mail by an SMTP server.",
  schema,
  aliases: {
    host: "smtp_host",
    port: "smtp_port",
    smtp_user: "username",
    smtp_username: "username",
    smtp_password: "password",
    from: "from_email",
    to: "recipients",
  },
  secrets: { password: "text" },
  afterUnknown: "repeat",
  patience: "patient",
  // Another scheme without TLS, so that a stored password does not follow into the clear.
  targets: ({ smtp_host, smtp_port, use_tls }) => [{
    pointer: "/config/smtp_host",
    url: `${use_tls ? "smtps" : "smtp"}://${bracketed(smtp_host)}:${smtp_port}`,
  }],
  render: emailText,
  async send(text, config, context) {
    const { recipients } = config;
    if (recipients.length === 0) {
      return unsendable("channel", "no_recipients", "the channel has no recipients");
    }
    const pending = pendingOf(recipients, context.settled);
    const { refused, end } = await context.mail.send({
      server: serverOf(config),
      mail: mailOf(text, config, context),
      recipients: pending,
      signal: context.signal,
    });
    const results = new Map(pending.map((to) => [to, outcomeOfMail(refused.get(to) ?? end)]));
    return combined(results, { recipients, before: context.settled, afterUnknown: "repeat" });
  },
});

function serverOf(
  { smtp_host, smtp_port, use_tls, username, password, from_email }: EmailConfig,
): MailServer {
  return {
    host: smtp_host.replace(/^\[|\]$/g, ""),
    port: smtp_port,
    security: !use_tls ? "none" : smtp_port === IMPLICIT_TLS_PORT ? "tls" : "starttls",
    auth: password === undefined ? null : { user: username ?? from_email, pass: password },
  };
}

function mailOf(
  { thread, ...text }: EmailText,
  { from_email, recipients }: EmailConfig,
  { deliveryId }: Pick<AttemptContext, "deliveryId">,
): Mail {
  const domain = from_email.split("@")[1]!;
  return {
    ...text,
    from: from_email,
    to: recipients,
    message_id: `<${deliveryId}@${domain}>`,
    references: `<${thread}@${domain}>`,
  };
}

/** An address of IPv6 as URLs write it. */
function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
