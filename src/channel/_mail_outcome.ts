/**
 * What a mail server's reply means: the basic code decides, the enhanced code (RFC 3463) refines it where the
 * first digits agree, and the stage tells whom it condemns: what is refused at MAIL FROM is the sender's, at
 * RCPT TO the recipient's, at the end of DATA the message's. Held by test/vectors/delivery/retry_http.json.
 */
import type { SendResult } from "./channel.ts";
import type { MailFailed, MailFailure, MailReply } from "./mail.ts";
import { delivered, ofChannel, ofMessage, ofRecipient, transient, unknown, type Verdict } from "./verdict.ts";

type Reply = Pick<MailReply, "stage" | "code" | "enhanced">;
type Reasons = Readonly<Record<string, string>>;
type MailVerdict = Verdict & { wait_ms?: number };

/** Greylisting lets a mail pass minutes later, which a ladder of 1, 2 and 4 s never reaches. */
const GREYLISTED: MailVerdict = { ...transient("greylisted"), wait_ms: 60_000 };
/** Mailboxes are emptied, so one late retry. */
const MAILBOX_FULL: MailVerdict = { ...transient("mailbox_full"), wait_ms: 300_000, retries_max: 1 };

const TRANSIENT_BY_ENHANCED: Reasons = {
  "4.1.2": "dns",
  "4.2.1": "mailbox_busy",
  "4.2.2": "mailbox_full",
  "4.3.0": "local_error",
  "4.3.1": "storage",
  "4.3.2": "service_unavailable",
  "4.4.1": "no_answer",
  "4.5.3": "too_many_recipients",
  "4.7.0": "rate_limited",
};
const TRANSIENT_BY_CODE: Reasons = {
  421: "service_unavailable",
  450: "mailbox_busy",
  451: "local_error",
  452: "storage",
};

const RECIPIENT_BY_ENHANCED: Reasons = {
  "5.1.1": "unknown_user",
  "5.1.2": "bad_domain",
  "5.1.3": "bad_address",
  "5.1.10": "null_mx",
  "5.2.1": "mailbox_disabled",
  "5.7.1": "policy",
};

/** SPF, DKIM or DMARC of the sender's domain. */
const SENDER_AUTH = new Set(["5.7.20", "5.7.21", "5.7.22", "5.7.23", "5.7.24", "5.7.25", "5.7.26"]);

const BY_FAILURE: Readonly<Record<MailFailure, Verdict>> = {
  ECONNECTION: transient("network"),
  ETIMEDOUT: transient("timeout"),
  ESOCKET: transient("network"),
  EDNS: transient("dns"),
  ETLS: ofChannel("tls"),
  EREQUIRETLS: ofChannel("tls"),
  EPROTOCOL: transient("protocol"),
  EENVELOPE: ofRecipient("all_refused"),
  EMESSAGE: ofMessage("content"),
  EAUTH: ofChannel("auth"),
  ENOAUTH: ofChannel("auth"),
  ESTREAM: ofMessage("template"),
  ECONFIG: ofChannel("config"),
  EPROXY: transient("network"),
  EFILEACCESS: ofMessage("content"),
  EURLACCESS: ofMessage("content"),
  EMAXLIMIT: transient("network"),
  address_refused: ofChannel("address_refused"),
  lost_after_data: unknown("network"),
  shutdown: unknown("shutdown"),
};

export function outcomeOfMail(end: MailReply | MailFailed): SendResult {
  if (end.kind === "failed") {
    const verdict = BY_FAILURE[end.code];
    return { ...verdict, status: null, error: end.message, response_body: null, retry_after_ms: null };
  }
  const { wait_ms = null, ...verdict } = verdictOfReply(end);
  return {
    ...verdict,
    status: end.code,
    error: verdict.class === "delivered"
      ? null
      : `Cannot deliver: the mail server answered "${end.text}" (${end.stage})`,
    response_body: end.text,
    retry_after_ms: wait_ms,
  };
}

export function verdictOfReply({ stage, code, enhanced }: Reply): MailVerdict {
  const agreed = enhanced !== null && enhanced[0] === String(code)[0] ? enhanced : "";
  if (code < 400) return delivered;
  return code < 500 ? temporary({ stage, code, enhanced: agreed }) : final({ stage, code, enhanced: agreed });
}

function temporary(
  { stage, code, enhanced }: { stage: Reply["stage"]; code: number; enhanced: string },
): MailVerdict {
  if (stage === "auth") return code === 432 ? ofChannel("auth") : transient("auth_temporary");
  if (stage === "starttls") return transient("tls");
  if (stage === "greeting") return transient("service_unavailable");
  if (enhanced === "4.7.1") return GREYLISTED;
  return transient(TRANSIENT_BY_ENHANCED[enhanced] ?? TRANSIENT_BY_CODE[code] ?? "unlisted");
}

function final(
  { stage, code, enhanced }: { stage: Reply["stage"]; code: number; enhanced: string },
): MailVerdict {
  if (stage === "greeting") return ofChannel("no_service");
  if (stage === "starttls") return ofChannel("tls");
  if (stage === "auth" || code === 530) return ofChannel("auth");
  if (code === 503) return ofChannel("protocol");
  if (SENDER_AUTH.has(enhanced)) return ofChannel("sender_auth");
  if (stage === "mail") return code === 552 ? ofMessage("too_long") : ofChannel("sender_refused");
  return stage === "rcpt" ? ofRcpt(code, enhanced) : ofData(code, enhanced);
}

function ofRcpt(code: number, enhanced: string): MailVerdict {
  if (enhanced === "5.2.2") return MAILBOX_FULL;
  if (code === 554 && enhanced === "5.7.1") return ofChannel("relay_denied");
  return ofRecipient(RECIPIENT_BY_ENHANCED[enhanced] ?? (code === 551 ? "not_local" : "refused"));
}

function ofData(code: number, enhanced: string): MailVerdict {
  if (enhanced === "5.5.1") return ofRecipient("no_valid_recipients");
  if (enhanced.startsWith("5.6.")) return ofMessage("content");
  if (enhanced === "5.7.1") return ofMessage("spam_policy");
  return ofMessage(code === 552 ? "too_long" : "refused");
}
