/**
 * The email channel: what a reply means, recipient by recipient (delivery/retry_http.json), and what is
 * mailed (delivery/payloads.json) over a real SMTP server.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import { verdictOfReply } from "../../src/channel/_mail_outcome.ts";
import { email } from "../../src/channel/email.ts";
import {
  type MailFailure,
  type MailReply,
  type MailRequest,
  type MailResult,
  MASK,
  maskSecrets,
} from "../../src/channel/mod.ts";
import { pendingOf } from "../../src/channel/recipients.ts";
import { createMailClient } from "../../src/notify/mail_client.ts";
import { loopbackGuard } from "../notify/receivers.ts";
import { smtpPeer } from "../notify/smtp_peer.ts";
import { vectors } from "../vector_rows.ts";
import { alertOf, attemptContext, channelOf } from "./channel_fixture.ts";
import { holds, payloads, vectorAlert } from "./payload_rows.ts";

interface Row {
  id: string;
  channel: string;
  when: { stage?: MailReply["stage"]; code?: number; enhanced?: string; error?: string };
  class: string;
  reason?: string;
  wait_at_least_s?: number;
  max_more?: number;
}

type Said = [number, string | null];

interface MultiRow {
  id: string;
  recipients: Record<string, { rcpt: Said }>;
  data_end: Said | null;
  result: Record<string, string>;
  retry_to: string[];
}

const { cases, email_multi } = vectors<{ cases: Row[]; email_multi: MultiRow[] }>("delivery/retry_http.json");

const CONFIG = { smtp_host: "smtp.example.com", from_email: "alerts@example.com" };
const message = { kind: "alert", alert: alertOf() } as const;

/** The channel's outcome where the port answers `result`. */
async function outcomeOf(result: MailResult, recipients: string[]) {
  const requests: MailRequest[] = [];
  const mail = { send: (request: MailRequest) => (requests.push(request), Promise.resolve(result)) };
  const channel = channelOf(email.validate({ ...CONFIG, recipients }), { type: "email" });
  const outcome = await email.send(message, channel, attemptContext(systemClock, { mail }));
  return { outcome, requests };
}

const reply = (stage: MailReply["stage"], code: number, enhanced: string | null = null): MailReply => ({
  kind: "reply",
  stage,
  code,
  enhanced,
  text: `${code} ${enhanced ?? ""}`,
});

function resultOf({ stage, code, enhanced, error }: Row["when"]): MailResult {
  if (error === undefined) return { refused: new Map(), end: reply(stage!, code!, enhanced ?? null) };
  const failure = error === "lost_after_data_end_before_reply" ? "lost_after_data" : error as MailFailure;
  return { refused: new Map(), end: { kind: "failed", code: failure, message: "Cannot deliver: it failed" } };
}

for (const row of cases.filter(({ channel }) => channel === "email")) {
  Deno.test(`outcome ${row.id}: ${JSON.stringify(row.when)} is ${row.class}`, async () => {
    const { outcome } = await outcomeOf(resultOf(row.when), ["a@example.com"]);
    const [wanted, scope] = row.class.split("_");
    assert.deepEqual([outcome.class, outcome.scope, outcome.reason], [
      wanted,
      scope ?? null,
      row.reason ?? null,
    ]);
    assert.equal(outcome.retries_max, row.max_more);
    if (row.wait_at_least_s !== undefined) {
      assert.ok(outcome.retry_after_ms! >= row.wait_at_least_s * 1000);
    }
    assert.equal(outcome.error === null, wanted === "delivered");
  });
}

for (const { id, recipients, data_end, result, retry_to } of email_multi) {
  Deno.test(`outcome ${id}: only ${retry_to.join(", ") || "nobody"} is tried again`, async () => {
    const replies = Object.entries(recipients).map(([to, { rcpt }]) => [to, reply("rcpt", ...rcpt)] as const);
    const refused = new Map(replies.filter(([, { code }]) => code >= 300));
    const end = data_end === null ? reply("rcpt", 550) : reply("data_end", ...data_end);
    const all = Object.keys(recipients);
    for (const to of all) {
      const { class: kind, scope } = verdictOfReply(refused.get(to) ?? end);
      assert.equal(scope === null ? kind : `${kind}_${scope}`, result[to], to);
    }
    const { outcome } = await outcomeOf({ refused, end }, all);
    const goesOn = outcome.class === "transient";
    assert.equal(goesOn, retry_to.length > 0);
    if (goesOn) assert.deepEqual(pendingOf(all, outcome.settled!), retry_to);
  });
}

Deno.test("email: the retry names all recipients, is sent to the open ones, and has the same Message-ID", async () => {
  const recipients = ["a@example.com", "b@example.com"];
  const end = reply("data_end", 250);
  const first = await outcomeOf(
    { refused: new Map([["b@example.com", reply("rcpt", 450)]]), end },
    recipients,
  );
  assert.deepEqual(first.outcome.settled, { "a@example.com": "delivered" });
  const requests: MailRequest[] = [];
  const mail = {
    send: (request: MailRequest) => (requests.push(request), Promise.resolve({ refused: new Map(), end })),
  };
  const channel = channelOf(email.validate({ ...CONFIG, recipients }), { type: "email" });
  const { settled } = first.outcome;
  const last = await email.send(message, channel, attemptContext(systemClock, { mail, settled: settled! }));
  assert.deepEqual(requests[0]!.recipients, ["b@example.com"]);
  assert.deepEqual(requests[0]!.mail, first.requests[0]!.mail);
  assert.deepEqual([last.class, last.settled], ["delivered", {
    "a@example.com": "delivered",
    "b@example.com": "delivered",
  }]);
});

Deno.test("email: without recipients the channel is at fault, and nothing is sent", async () => {
  const outcome = await email.send(message, channelOf(email.validate(CONFIG)), attemptContext(systemClock));
  assert.deepEqual([outcome.class, outcome.scope, outcome.reason], ["permanent", "channel", "no_recipients"]);
});

for (const row of payloads.requests.filter(({ channel }) => channel === "email")) {
  Deno.test({
    name: `payload ${row.id}: the mail as the server gets it satisfies every test of the row`,
    // nodemailer's pool looks at its queue once more after the end.
    ...{ sanitizeOps: false, sanitizeResources: false },
    async fn() {
      await using peer = await smtpPeer({ startTls: false });
      const client = createMailClient({ egress: loopbackGuard(), clock: systemClock });
      const { from, to } = payloads.channels.email!;
      const server = { smtp_host: "127.0.0.1", smtp_port: peer.port, use_tls: false };
      const channel = channelOf(email.validate({ ...server, from_email: from!, recipients: to! }));
      const alert = vectorAlert(row.alert);
      const context = attemptContext(systemClock, { mail: client });
      const outcome = await email.send({ kind: "alert", alert }, channel, context);
      client.close();
      assert.equal(outcome.class, "delivered", String(outcome.error));
      const { raw, ...envelope } = peer.mails[0]!;
      const captured = { envelope, ...parsedMail(raw) };
      for (const must of row.must) {
        if (must.path === "raw.lines[]") {
          for (const line of raw.split("\r\n")) holds({ line }, { ...must, path: "line" });
        } else holds(captured, must);
      }
    },
  });
}

/** A mail taken apart, as far as the rows look at it. */
function parsedMail(raw: string) {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers["content-type"] ?? "")![1];
  const parts = rest.join("\r\n\r\n").split(`--${boundary}`).slice(1, -1).map((part) => {
    const [partHead = "", body = ""] = part.trim().split("\r\n\r\n");
    const { "content-type": type = "", "content-transfer-encoding": encoding } = headersOf(partHead);
    assert.equal(encoding, "base64");
    return {
      type: type.split(";")[0],
      charset: /charset=([\w-]+)/.exec(type)?.[1],
      text: Buffer.from(body, "base64").toString(),
    };
  });
  return {
    raw,
    headers,
    parts,
    subject_decoded: decodedWords(headers.subject!),
    text: parts.find(({ type }) => type === "text/plain")?.text,
    html: parts.find(({ type }) => type === "text/html")?.text,
  };
}

function headersOf(text: string): Record<string, string> {
  const lines = text.trim().replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  }));
}

/** RFC 2047. */
function decodedWords(text: string): string {
  return text.replaceAll(/\?=\s+=\?/g, "?==?").replaceAll(
    /=\?utf-8\?([bq])\?([^?]*)\?=/gi,
    (_, kind: string, word: string) => kind.toLowerCase() === "b" ? `b:${word};` : `q:${word};`,
  ).replaceAll(
    /(?:b:[^;]*;)+/g,
    (words) => Buffer.concat(words.split(";").map((one) => Buffer.from(one.slice(2), "base64"))).toString(),
  ).replaceAll(/(?:q:[^;]*;)+/g, (words) => {
    const joined = words.split(";").map((one) => one.slice(2)).join("").replaceAll("_", " ");
    return decodeURIComponent(joined.replaceAll("%", "%25").replaceAll("=", "%"));
  });
}

Deno.test("email config: spellings, defaults, and what is refused", () => {
  const config = email.validate({
    smtp_host: "smtp.example.com",
    smtp_port: "2525",
    from: "a@example.com",
    to: ["b@example.com"],
    smtp_password: "p4ssword",
  });
  assert.deepEqual(config, {
    smtp_host: "smtp.example.com",
    smtp_port: 2525,
    use_tls: true,
    password: "p4ssword",
    from_email: "a@example.com",
    recipients: ["b@example.com"],
  });
  const bad: [JsonObject, string][] = [
    [{ smtp_host: "a host" }, "/config/smtp_host"],
    [{ smtp_port: 0 }, "/config/smtp_port"],
    [{ from_email: "x@example.com\r\nBcc: y@example.com" }, "/config/from_email"],
    [{ recipients: ["a@example.com, b@example.com"] }, "/config/recipients/0"],
    [{ recipients: Array(101).fill("a@example.com") }, "/config/recipients"],
    [{ recipients: [`${"l".repeat(65)}@example.com`] }, "/config/recipients/0"],
  ];
  for (const [members, pointer] of bad) {
    assert.throws(() => email.validate({ ...CONFIG, ...members }), (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.errors[0]!.pointer, pointer);
      return true;
    });
  }
});

Deno.test("email config: a stored password follows to no other server, and not into the clear", () => {
  const stored = email.validate({ ...CONFIG, password: "p4ssword" });
  const shown = maskSecrets(channelOf(stored, { type: "email" })).config;
  assert.equal(shown.password, MASK);
  assert.equal(email.validate({ ...shown, recipients: ["b@example.com"] }, stored).password, "p4ssword");
  for (const change of [{ smtp_host: "evil.example.com" }, { smtp_port: 2525 }, { use_tls: false }]) {
    assert.throws(() => email.validate({ ...shown, ...change }, stored), (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.code, "secret_required");
      return true;
    });
  }
});
