/** The mail client against real SMTP servers: good ones, refusing ones at every stage, and broken ones. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import type { MailResult, MailServer } from "../../src/channel/mod.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";
import { createMailClient, type MailClient } from "../../src/notify/mail_client.ts";
import { close, loopbackGuard, rawReceiver, write } from "./receivers.ts";
import { CERTIFICATE, closedPort, smtpPeer } from "./smtp_peer.ts";

const MAIL = {
  from: "alerts@example.com",
  to: ["a@example.com", "b@example.com"],
  subject: "[CRITICAL] 결제 지연 🔥",
  text: "text\n.\nof it\n",
  html: "<p>html</p>",
  message_id: "<dlv_1@example.com>",
  references: "<thread@example.com>",
};

/** The peers' certificate is for hooks.example.com, which leads to loopback here. */
const HOST = "hooks.example.com";

function mailBench({ ca = CERTIFICATE, deadlineMs = 5_000 }: { ca?: string; deadlineMs?: number } = {}) {
  const egress = loopbackGuard(() => Promise.resolve(["127.0.0.1"]));
  const client = createMailClient({ egress, clock: systemClock, ca, deadlineMs });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

function send(
  client: MailClient,
  server: Partial<MailServer> & { port: number },
  { recipients = MAIL.to, signal = new AbortController().signal }: {
    recipients?: string[];
    signal?: AbortSignal;
  } = {},
): Promise<MailResult> {
  const whole = { host: HOST, security: "starttls", auth: null, ...server } as const;
  return client.send({ server: whole, mail: MAIL, recipients, signal });
}

/** The end in short: "250 2.0.0 data_end", or the code of a failure. */
function endOf({ end }: MailResult): string {
  return end.kind === "failed" ? end.code : [end.code, end.enhanced ?? "-", end.stage].join(" ");
}

function mailTest(name: string, fn: () => Promise<void>): void {
  // nodemailer's pool and the peer's server look once more at what is left, 50 to 150 ms after its end.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

mailTest("mail: sent over STARTTLS with a login, whole, to the envelope's recipients", async () => {
  await using peer = await smtpPeer({ login: { user: "u", pass: "p" } });
  using client = mailBench();
  const auth = { user: "u", pass: "p" };
  const result = await send(client, { port: peer.port, auth }, { recipients: ["b@example.com"] });
  assert.equal(endOf(result), "250 2.0.0 data_end");
  const [mail] = peer.mails;
  assert.deepEqual([mail!.from, mail!.to, mail!.secure, mail!.user], [
    "alerts@example.com",
    ["b@example.com"],
    true,
    "u",
  ]);
  assert.match(mail!.raw, /^To: a@example.com, b@example.com\r$/m);
  assert.match(mail!.raw, /^Message-ID: <dlv_1@example.com>\r$/m);
  assert.match(mail!.raw, /^References: <thread@example.com>\r$/m);
  assert.match(mail!.raw, /^Auto-Submitted: auto-generated\r$/m);
  assert.ok([...mail!.raw].every((char) => char <= "\x7f"));
});

mailTest("mail: TLS from the first byte, and none where none is wanted", async () => {
  await using secure = await smtpPeer({ secure: true });
  await using plain = await smtpPeer({ startTls: false });
  using client = mailBench();
  assert.equal(endOf(await send(client, { port: secure.port, security: "tls" })), "250 2.0.0 data_end");
  assert.equal(endOf(await send(client, { port: plain.port, security: "none" })), "250 2.0.0 data_end");
  assert.deepEqual([secure.mails[0]!.secure, plain.mails[0]!.secure], [true, false]);
});

mailTest("mail: without STARTTLS on offer nothing is sent in the clear", async () => {
  await using peer = await smtpPeer({ startTls: false });
  using client = mailBench();
  assert.match(endOf(await send(client, { port: peer.port })), /^5\d\d .* starttls$/);
  assert.equal(peer.mails.length, 0);
});

mailTest("mail: a certificate that nobody vouches for, or for another name, is refused", async () => {
  await using peer = await smtpPeer();
  await using secure = await smtpPeer({ secure: true });
  using trusting = mailBench();
  using wary = mailBench({ ca: "" });
  assert.equal(endOf(await send(wary, { port: peer.port })), "ETLS");
  assert.equal(endOf(await send(trusting, { port: peer.port, host: "other.example.com" })), "ETLS");
  const other = { port: secure.port, host: "other.example.com", security: "tls" } as const;
  assert.equal(endOf(await send(trusting, other)), "ETLS");
  assert.deepEqual([peer.mails, secure.mails], [[], []]);
});

mailTest(
  "mail: the connection is kept for the next mail, and replaced when the server closed it",
  async () => {
    await using peer = await smtpPeer();
    using client = mailBench();
    await send(client, { port: peer.port });
    await send(client, { port: peer.port });
    assert.deepEqual([peer.mails.length, peer.connections.count], [2, 1]);
    peer.drop();
    assert.equal(endOf(await send(client, { port: peer.port })), "250 2.0.0 data_end");
    assert.deepEqual([peer.mails.length, peer.connections.count], [3, 2]);
  },
);

mailTest(
  "mail: recipients are told of as they were named, however their domains are written on the wire",
  async () => {
    await using peer = await smtpPeer();
    using client = mailBench();
    peer.refuse = { rcpt: { "A@example.com": "550 5.1.1 who", "b@bücher.example": "551 elsewhere" } };
    const recipients = ["A@Example.COM", "A@EXAMPLE.com", "b@bücher.example", "c@example.com"];
    const result = await send(client, { port: peer.port }, { recipients });
    assert.deepEqual([...result.refused.keys()], recipients.slice(0, 3));
    assert.deepEqual(peer.mails[0]!.to, ["c@example.com"]);
  },
);

for (const pipelining of [true, false]) {
  const how = pipelining ? "with" : "without";
  mailTest(`mail ${how} pipelining: refused recipients are told one by one, the others get it`, async () => {
    await using peer = await smtpPeer({ pipelining });
    using client = mailBench();
    peer.refuse = { rcpt: { "b@example.com": "550 5.1.1 who", "c@example.com": "450 4.7.1 later" } };
    const recipients = ["a@example.com", "b@example.com", "c@example.com"];
    const result = await send(client, { port: peer.port }, { recipients });
    assert.equal(endOf(result), "250 2.0.0 data_end");
    assert.deepEqual(peer.mails[0]!.to, ["a@example.com"]);
    const told = [...result.refused].map(([to, { code, enhanced, stage }]) => [to, code, enhanced, stage]);
    assert.deepEqual(told, [
      ["b@example.com", 550, "5.1.1", "rcpt"],
      ["c@example.com", 450, "4.7.1", "rcpt"],
    ]);
  });

  mailTest(`mail ${how} pipelining: a refusal of the mail does not hide those of recipients`, async () => {
    await using peer = await smtpPeer({ pipelining });
    using client = mailBench();
    peer.refuse = { rcpt: { "b@example.com": "550 5.1.1 who" }, data: "451 4.3.0 oops" };
    const result = await send(client, { port: peer.port });
    assert.equal(endOf(result), "451 4.3.0 data_end");
    assert.deepEqual([...result.refused.keys()], ["b@example.com"]);
    peer.refuse = {};
    assert.equal(endOf(await send(client, { port: peer.port })), "250 2.0.0 data_end", "the session goes on");
  });

  mailTest(`mail ${how} pipelining: when all are refused each has its reply`, async () => {
    await using peer = await smtpPeer({ pipelining });
    using client = mailBench();
    peer.refuse = { rcpt: { "a@example.com": "550 5.1.1 who", "b@example.com": "551 elsewhere" } };
    const result = await send(client, { port: peer.port });
    assert.deepEqual([...result.refused.values()].map(({ code }) => code), [550, 551]);
    assert.equal(peer.mails.length, 0);
  });
}

const stages: [string, Parameters<typeof smtpPeer>[0] | null, Record<string, string>, string][] = [
  ["the greeting, for now", {}, { connect: "421 4.3.2 busy" }, "421 4.3.2 greeting"],
  ["the greeting, for good", {}, { connect: "554 5.7.1 listed" }, "554 5.7.1 greeting"],
  ["the login, for good", { login: { user: "u", pass: "other" } }, {}, "535 5.7.8 auth"],
  ["the login, for now", { login: { user: "u", pass: "p" } }, { auth: "454 4.7.0 later" }, "454 4.7.0 auth"],
  ["the sender", {}, { mail: "550 5.7.1 not you" }, "550 5.7.1 mail"],
  ["the sender, for now", {}, { mail: "451 4.7.1 greylisted" }, "451 4.7.1 mail"],
  ["the text", {}, { data: "554 5.7.1 spam" }, "554 5.7.1 data_end"],
  ["the size", {}, { data: "552 5.3.4 big" }, "552 5.3.4 data_end"],
];
for (const [what, options, refuse, expected] of stages) {
  mailTest(`mail: a server that refuses ${what} is ${expected}`, async () => {
    await using peer = await smtpPeer(options ?? {});
    using client = mailBench();
    peer.refuse = refuse;
    const auth = options?.login === undefined ? null : { user: "u", pass: "p" };
    assert.equal(endOf(await send(client, { port: peer.port, auth })), expected);
    assert.equal(peer.mails.length, 0);
  });
}

mailTest("mail: greylisted first, taken on a later attempt over a session that went on", async () => {
  await using peer = await smtpPeer();
  using client = mailBench();
  peer.refuse = { mail: "451 4.7.1 greylisted" };
  assert.equal(endOf(await send(client, { port: peer.port })), "451 4.7.1 mail");
  peer.refuse = {};
  assert.equal(endOf(await send(client, { port: peer.port })), "250 2.0.0 data_end");
});

mailTest("mail: nobody listening, and a name that does not resolve", async () => {
  using client = mailBench();
  assert.equal(endOf(await send(client, { port: await closedPort() })), "ECONNECTION");
  const resolver = () => Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" }));
  const lost = createMailClient({ egress: loopbackGuard(resolver), clock: systemClock });
  assert.equal(endOf(await send(lost, { port: 587, host: "none.example.com" })), "EDNS");
  lost.close();
});

mailTest(
  "mail: servers inside are refused, as literals and as names, and ports of other protocols",
  async () => {
    await using peer = await smtpPeer();
    const egress = createEgressGuard({ resolver: () => Promise.resolve(["127.0.0.1"]) });
    const client = createMailClient({ egress, clock: systemClock });
    for (const host of [HOST, "127.0.0.1", "127.1", "[::1]", "localhost", "10.0.0.1"]) {
      assert.equal(endOf(await send(client, { port: peer.port, host })), "address_refused", host);
    }
    const open = createEgressGuard({ resolver: () => Promise.resolve(["93.184.215.14"]) });
    assert.equal(open.checkMailServer("smtp://93.184.215.14:25").kind, "ok");
    assert.equal(open.checkMailServer("smtp://93.184.215.14:6379").kind, "refused");
    assert.equal(open.checkUrl("http://93.184.215.14:25").kind, "refused");
    assert.equal(open.checkUrl("smtp://93.184.215.14:25").kind, "refused");
    await assert.rejects(open.resolve("mail.example.com", 25));
    assert.deepEqual(await open.resolve("mail.example.com", 25, "smtp"), ["93.184.215.14"]);
    assert.equal(peer.connections.count, 0);
    client.close();
  },
);

/** An SMTP server by hand: says its lines, one after each thing that it reads, then does what `end` says. */
function scripted(lines: readonly string[], end: "hang" | "close") {
  return rawReceiver(async (connection) => {
    const buffer = new Uint8Array(65_536);
    for (const line of lines) {
      await write(connection, line + "\r\n");
      if (await connection.read(buffer) === null) break;
    }
    if (end === "close") close(connection);
  });
}

const TALK = ["220 hi", "250 me", "250 ok", "250 ok", "354 go"];
const ends: [string, readonly string[], "hang" | "close", string][] = [
  ["says nothing", [], "hang", "ETIMEDOUT"],
  ["closes at once", [], "close", "ECONNECTION"],
  ["speaks HTTP", ["HTTP/1.1 400 Bad Request"], "close", "EPROTOCOL"],
  ["hangs after the sender", TALK.slice(0, 3), "hang", "ETIMEDOUT"],
  ["closes after the sender", TALK.slice(0, 3), "close", "ECONNECTION"],
  ["closes once it has the whole mail", TALK, "close", "lost_after_data"],
  ["hangs once it has the whole mail", TALK, "hang", "lost_after_data"],
];
for (const [what, lines, end, expected] of ends) {
  mailTest(`mail: a server that ${what} is ${expected}`, async () => {
    await using server = scripted(lines, end);
    using client = mailBench({ deadlineMs: 700 });
    const result = await send(client, { port: server.port, security: "none" }, {
      recipients: ["a@example.com"],
    });
    assert.equal(endOf(result), expected);
  });
}

mailTest("mail: a stop of the process ends a mail at once, and none is begun after it", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = rawReceiver((_) => Promise.resolve(asked.resolve()));
  using client = mailBench();
  const stop = new AbortController();
  const result = send(client, { port: server.port }, { signal: stop.signal });
  await asked.promise;
  stop.abort();
  assert.equal(endOf(await result), "shutdown");
  assert.equal(endOf(await send(client, { port: server.port }, { signal: stop.signal })), "shutdown");
});
