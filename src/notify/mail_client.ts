/**
 * The way out for mail: nodemailer over connections of ours. Each is made only to an address that the egress
 * guard vetted for it, with TLS checked against the server's name, and kept for the next mail to the same
 * server with the same login. A mail has a deadline as a whole. It never rejects: what the server said to each
 * recipient is the result, or why nothing was said. nodemailer is loaded at the first mail.
 */
import { connect, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { domainToASCII } from "node:url";
import type { Transporter } from "nodemailer";
import type { Clock } from "../base/clock.ts";
import type { MailPort, MailRequest, MailResult, MailServer } from "../channel/mod.ts";
import { literalOf, portOf } from "./egress.ts";
import type { EgressGuard } from "./egress.ts";
import { type Handed, mailFailed, mailResultOf } from "./_mail_result.ts";
import { vettedLookup } from "./_vetted_lookup.ts";

const DEADLINE_MS = 30_000;
const CONNECT_MS = 10_000;
const IDLE_CONNECTION_MS = 30_000;
const CONNECTIONS_PER_SERVER_MAX = 8;
const MAILS_PER_CONNECTION_MAX = 100;
/** Servers whose connections are kept; past it those of one without mails under way are closed. */
const SERVERS_MAX = 64;

export interface MailClient extends MailPort {
  /** Closes all connections. Idempotent. */
  close(): void;
}

/** nodemailer's pool says what is under way, its types do not. */
type Pool = Transporter & {
  transporter: { pendingCount(): number; close(options?: { force: boolean }): void };
};

interface Settings {
  egress: EgressGuard;
  clock: Clock;
  deadlineMs?: number;
  /** PEM of further certificate authorities to trust. */
  ca?: string;
}

export function createMailClient(settings: Settings): MailClient {
  const pools = new Map<string, Pool>();
  const poolOf = async (server: MailServer): Promise<Pool> => {
    const { createTransport } = await import("nodemailer");
    const name = JSON.stringify(server);
    const known = pools.get(name);
    if (known !== undefined) return known;
    const pool = createTransport(optionsOf(server, settings) as never) as unknown as Pool;
    pool.use("stream", watchBody);
    makeRoom(pools);
    pools.set(name, pool);
    return pool;
  };
  return {
    async send(request) {
      const { host, port } = request.server;
      const verdict = settings.egress.checkMailServer(`smtp://${bracketed(host)}:${port}`);
      if (verdict.kind === "refused") return mailFailed("address_refused", verdict.message);
      if (request.signal.aborted) return mailFailed("shutdown");
      return await sendOnce(await poolOf(request.server), request, settings);
    },
    close() {
      for (const { transporter } of pools.values()) transporter.close({ force: true });
      pools.clear();
    },
  };
}

function optionsOf({ host, port, security, auth }: MailServer, { egress, ca }: Settings) {
  return {
    pool: true,
    // How we greet. The machine's name would need a permission that nothing else here needs.
    name: "[127.0.0.1]",
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(auth !== null && { auth, forceAuth: true }),
    tls: { ...(ca !== undefined && { ca }) },
    maxConnections: CONNECTIONS_PER_SERVER_MAX,
    maxMessages: MAILS_PER_CONNECTION_MAX,
    // Whether a mail is sent again is the retry stage's to say; a kept connection that the server closed
    // before it took anything is no failure.
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    idleTimeout: IDLE_CONNECTION_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket(_: unknown, done: (error: Error | null, socket?: { connection: Socket }) => void) {
      openSocket(egress, host, port).then((connection) => done(null, { connection }), done);
    },
  };
}

/** A connection to a vetted address. @throws EgressRefused, and what the resolver and the socket throw */
function openSocket(egress: EgressGuard, host: string, port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const url = new URL(`http://${bracketed(host)}:${port}`);
  const socket = connect({
    host: literalOf(url.hostname) ?? url.hostname,
    port: portOf(url),
    // Not called for literals, which checkMailServer has vetted.
    lookup: vettedLookup((name) => egress.resolve(name, port, "smtp")),
  });
  socket.setTimeout(
    CONNECT_MS,
    () => socket.destroy(Object.assign(new Error("no connection"), { code: "ETIMEDOUT" })),
  );
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    socket.removeListener("error", reject);
    resolve(socket);
  });
  return promise;
}

async function sendOnce(
  pool: Pool,
  { mail, recipients, signal }: MailRequest,
  { clock, deadlineMs = DEADLINE_MS }: Settings,
): Promise<MailResult> {
  const wire = new Map(recipients.map((to) => [to, wireAddress(to)]));
  const handed: Handed = {
    body: false,
    wire,
    envelope: { from: mail.from, to: [...new Set(wire.values())] },
  };
  const stop = new AbortController();
  const timer = clock.after(deadlineMs, () => stop.abort("deadline"));
  const onAbort = () => stop.abort("shutdown");
  signal.addEventListener("abort", onAbort, { once: true });
  const { message_id, references, to, ...content } = mail;
  const headers = { "Auto-Submitted": "auto-generated" };
  const threaded = { messageId: message_id, references, inReplyTo: references };
  try {
    const sent = {
      ...content,
      ...threaded,
      to: [...to],
      headers,
      envelope: handed.envelope,
      textEncoding: "base64",
    };
    const info = await pool.sendMail({ ...sent, signal: stop.signal, handed } as never);
    return mailResultOf({ response: String((info as { response?: string }).response) }, handed);
  } catch (error) {
    return mailResultOf(stop.signal.aborted ? { stopped: stop.signal.reason } : { error }, handed);
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/** A plugin of nodemailer: notes when the whole mail was read by the connection, and the envelope it keeps. */
function watchBody(
  mail: {
    data: object;
    message: { getEnvelope(): object; processFunc(watch: (body: Readable) => Readable): void };
  },
  done: (error?: Error | null) => void,
): void {
  const { handed } = mail.data as { handed: Handed };
  handed.envelope = mail.message.getEnvelope();
  mail.message.processFunc((body) => body.once("end", () => handed.body = true));
  done();
}

/** An address as it is sent: nodemailer writes domains this way, and names refused recipients so. */
function wireAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** An address of IPv6 as URLs write it. */
function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function makeRoom(pools: Map<string, Pool>): void {
  if (pools.size < SERVERS_MAX) return;
  const idle = [...pools].find(([, { transporter }]) => transporter.pendingCount() === 0);
  if (idle === undefined) return;
  idle[1].transporter.close();
  pools.delete(idle[0]);
}
