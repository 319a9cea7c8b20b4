/**
 * What a channel may ask of mail. As with HTTP the caller passes this capability in, behind the egress guard.
 * A result tells of each recipient what became of it: the server may refuse some and take the mail for others.
 */

export interface MailServer {
  /** A name or an address, without brackets. */
  host: string;
  port: number;
  /** "tls" from the first byte, "starttls" or nothing, or "none": in the clear. */
  security: "tls" | "starttls" | "none";
  auth: { user: string; pass: string } | null;
}

export interface Mail {
  from: string;
  /** As the header names them, those that are not sent to this time included. */
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  /** The same on every attempt: "<…@…>". */
  message_id: string;
  /** The thread that it belongs to. */
  references: string;
}

export interface MailRequest {
  server: MailServer;
  mail: Mail;
  recipients: readonly string[];
  /** Aborted when this process stops waiting. */
  signal: AbortSignal;
}

export type MailStage = "greeting" | "starttls" | "auth" | "mail" | "rcpt" | "data" | "data_end";

/** What the server said, and to what. */
export interface MailReply {
  kind: "reply";
  stage: MailStage;
  code: number;
  /** RFC 3463, such as "5.1.1". */
  enhanced: string | null;
  text: string;
}

/** nodemailer's codes, and what it has none for. */
export type MailFailure =
  | "ECONNECTION"
  | "ETIMEDOUT"
  | "ESOCKET"
  | "EDNS"
  | "ETLS"
  | "EREQUIRETLS"
  | "EPROTOCOL"
  | "EENVELOPE"
  | "EMESSAGE"
  | "EAUTH"
  | "ENOAUTH"
  | "ESTREAM"
  | "ECONFIG"
  | "EPROXY"
  | "EFILEACCESS"
  | "EURLACCESS"
  | "EMAXLIMIT"
  | "address_refused"
  | "lost_after_data"
  | "shutdown";

export interface MailFailed {
  kind: "failed";
  code: MailFailure;
  /** A sentence for the operator, without secrets. */
  message: string;
}

export interface MailResult {
  /** Recipients that the server refused by themselves. */
  refused: ReadonlyMap<string, MailReply>;
  /** What became of the mail for all others. */
  end: MailReply | MailFailed;
}

/** One mail, sent once. Ends by the deadline and never rejects. */
export interface MailPort {
  send(request: MailRequest): Promise<MailResult>;
}
