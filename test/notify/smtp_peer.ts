/** A real SMTP server on loopback for tests of mail: it keeps what it takes and refuses what it is told to. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface TakenMail {
  from: string;
  to: string[];
  raw: string;
  secure: boolean;
  user: string | null;
}

/** What is said at each stage instead of yes: "450 4.7.1 later". */
export interface Refusals {
  connect?: string;
  auth?: string;
  mail?: string;
  /** By recipient. */
  rcpt?: Readonly<Record<string, string>>;
  data?: string;
}

export interface SmtpPeer extends AsyncDisposable {
  readonly port: number;
  readonly mails: TakenMail[];
  readonly connections: { count: number };
  /** May be changed between mails. */
  refuse: Refusals;
  /** Breaks all connections. */
  drop(): void;
}

const tls = (name: string) => Deno.readTextFileSync(new URL(`./tls/${name}.pem`, import.meta.url));
export const CERTIFICATE = tls("cert");

/** `secure` is TLS from the first byte; without `login` none is wanted. */
export async function smtpPeer(
  { secure = false, startTls = true, pipelining = true, login }: {
    secure?: boolean;
    startTls?: boolean;
    pipelining?: boolean;
    login?: { user: string; pass: string };
  } = {},
): Promise<SmtpPeer> {
  const mails: TakenMail[] = [];
  const connections = { count: 0 };
  const peer = { refuse: {} as Refusals };
  const server = new SMTPServer({
    secure,
    key: tls("key"),
    cert: CERTIFICATE,
    hideSTARTTLS: !startTls,
    hidePIPELINING: !pipelining,
    disabledCommands: [...(startTls ? [] : ["STARTTLS"]), ...(login ? [] : ["AUTH"])],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    authOptional: login === undefined,
    closeTimeout: 100,
    logger: false,
    onConnect(_, done) {
      connections.count++;
      done(refusal(peer.refuse.connect));
    },
    onAuth(auth, _, done) {
      if (peer.refuse.auth !== undefined) return done(refusal(peer.refuse.auth));
      const known = auth.username === login?.user && auth.password === login?.pass;
      if (known) done(null, { user: auth.username });
      else done(refusal("535 5.7.8 no"));
    },
    onMailFrom(_, __, done) {
      done(refusal(peer.refuse.mail));
    },
    onRcptTo({ address }, _, done) {
      done(refusal(peer.refuse.rcpt?.[address]));
    },
    onData(stream, session, done) {
      readAll(stream).then((raw) => {
        if (peer.refuse.data !== undefined) return done(refusal(peer.refuse.data));
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map(({ address }) => address);
        const from = mailFrom === false ? "" : mailFrom.address;
        mails.push({ from, to, raw, secure: session.secure, user: session.user?.toString() ?? null });
        done(null, "2.0.0 taken");
      });
    },
  });
  server.on("error", () => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(peer, {
    port,
    mails,
    connections,
    drop() {
      for (const { _socket } of server.connections as Set<{ _socket: { destroy(): void } }>) {
        _socket.destroy();
      }
    },
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  });
}

function refusal(text: string | undefined): Error | null {
  if (text === undefined) return null;
  return Object.assign(new Error(text.slice(4)), { responseCode: Number(text.slice(0, 3)) });
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** A port on loopback that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((closed) => server.close(() => closed()));
  return port;
}
