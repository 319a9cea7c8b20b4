/** What nodemailer answers or throws, as a result of the mail port. */
import type { MailFailed, MailFailure, MailReply, MailResult, MailStage } from "../channel/mod.ts";
import { isCertificateError } from "./_failure.ts";
import { EgressRefused } from "./egress.ts";

/** What is known of a mail besides the answer. */
export interface Handed {
  /** All of the mail was given to the connection: without an answer it may have been taken. */
  body: boolean;
  /** Recipients, and how each is written on the wire. */
  wire: ReadonlyMap<string, string>;
  /** The connection notes refused recipients in it. */
  envelope: object;
}

export type Ending = { response: string } | { error: unknown } | { stopped: "deadline" | "shutdown" };

interface SmtpError {
  code?: string;
  originalCode?: string;
  command?: string;
  response?: string;
  responseCode?: number;
  recipient?: string;
}

/** Of the system and the resolver; all others that nodemailer does not name are sockets'. */
const BY_CODE: Readonly<Record<string, MailFailure>> = {
  ENOTFOUND: "EDNS",
  ENODATA: "EDNS",
  EAI_AGAIN: "EDNS",
  EAI_FAIL: "EDNS",
  ECONNREFUSED: "ECONNECTION",
  ENETUNREACH: "ECONNECTION",
  EHOSTUNREACH: "ECONNECTION",
};

const TEXT: Readonly<Record<MailFailure, string>> = {
  ECONNECTION: "no connection to the mail server, or it was closed",
  ETIMEDOUT: "the mail server did not answer in time",
  ESOCKET: "the connection to the mail server broke",
  EDNS: "the mail server's name does not resolve",
  ETLS: "no encrypted connection to the mail server: it offers none, or its certificate is not valid",
  EREQUIRETLS: "the mail server does not offer REQUIRETLS",
  EPROTOCOL: "the answer of the mail server is not SMTP",
  EENVELOPE: "the sender or the recipients are not valid",
  EMESSAGE: "the mail is not acceptable to the mail server",
  EAUTH: "the mail server refused the login",
  ENOAUTH: "the mail server wants a login",
  ESTREAM: "the mail could not be made",
  ECONFIG: "the settings of the mail server are not valid",
  EPROXY: "no connection to the proxy",
  EFILEACCESS: "the mail asks for a file",
  EURLACCESS: "the mail asks for a URL",
  EMAXLIMIT: "the connection was used up",
  address_refused: "the address of the mail server is refused",
  lost_after_data: "the connection was lost before the mail server confirmed the mail",
  shutdown: "Tocsin stopped before the mail server answered",
};

export function mailFailed(code: MailFailure, message = `Cannot deliver: ${TEXT[code]}`): MailResult {
  return { refused: new Map(), end: { kind: "failed", code, message } };
}

export function mailResultOf(ending: Ending, handed: Handed): MailResult {
  return { refused: refusedOf(handed), end: endOf(ending, handed.body) };
}

function endOf(ending: Ending, body: boolean): MailReply | MailFailed {
  if ("response" in ending) return replyOf("data_end", ending.response);
  if ("stopped" in ending) return stopped(ending.stopped, body);
  const { error } = ending;
  if (error instanceof EgressRefused) return failure("address_refused", `Cannot deliver: ${error.message}`);
  const { code = "", originalCode = code, command = "", response, responseCode } = error as SmtpError;
  if (response !== undefined && responseCode !== undefined) {
    return replyOf(stageOf(code, command, body), response);
  }
  // Nothing but an answer ends a mail that is out.
  if (body) return failure("lost_after_data");
  if (isCertificateError(originalCode)) return failure("ETLS");
  return failure(code in TEXT ? code as MailFailure : BY_CODE[code] ?? "ESOCKET");
}

function stopped(why: "deadline" | "shutdown", body: boolean): MailFailed {
  if (why === "shutdown") return failure("shutdown");
  return failure(body ? "lost_after_data" : "ETIMEDOUT");
}

function failure(code: MailFailure, message?: string): MailFailed {
  return mailFailed(code, message).end as MailFailed;
}

function stageOf(code: string, command: string, body: boolean): MailStage {
  if (body) return "data_end";
  if (command === "STARTTLS") return "starttls";
  if (code === "EAUTH" || command.startsWith("AUTH")) return "auth";
  if (command === "MAIL FROM") return "mail";
  if (command === "RCPT TO") return "rcpt";
  return command === "DATA" ? "data" : "greeting";
}

/** Also where the mail failed for the others later, when nodemailer's error does not name them. */
function refusedOf({ envelope, wire }: Handed): Map<string, MailReply> {
  const errors: SmtpError[] = "rejectedErrors" in envelope ? envelope.rejectedErrors as SmtpError[] : [];
  const replies = new Map(errors.map(({ recipient = "", response = "" }) => [recipient, response]));
  const refused = new Map<string, MailReply>();
  for (const [recipient, written] of wire) {
    const response = replies.get(written);
    if (response !== undefined) refused.set(recipient, replyOf("rcpt", response));
  }
  return refused;
}

function replyOf(stage: MailStage, response: string): MailReply {
  const [, code = "0", enhanced = null] = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3}))?/.exec(response) ?? [];
  return { kind: "reply", stage, code: Number(code), enhanced, text: response };
}
