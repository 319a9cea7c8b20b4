/**
 * The egress guard: which URLs and mail servers outgoing calls may reach. Nothing but public addresses, unless the operator
 * opens a range (TOCSIN_EGRESS_ALLOW); metadata services only when the very address is named.
 *
 * A URL is checked when it is saved and at every attempt. Names are resolved when a connection is made, all
 * answers are checked, and the connection goes to the addresses that were checked: a name that changes its
 * answer in between gains nothing. The host is what the WHATWG parser gives, which is also what connects.
 */
import { lookup } from "node:dns/promises";
import {
  isMetadata,
  isPublic,
  isSingle,
  isWithin,
  parseAddress,
  type Range,
} from "../base/address_ranges.ts";

export type RefusalReason = "bad_url" | "scheme" | "address" | "userinfo" | "name" | "port";

export interface Refusal {
  kind: "refused";
  reason: RefusalReason;
  message: string;
}

export type UrlVerdict = { kind: "ok"; url: URL } | Refusal;

/** Thrown by {@linkcode EgressGuard.resolve}; stands for a refusal, not for a failure to resolve. */
export class EgressRefused extends Error {
  override readonly name = "EgressRefused";
}

export type Protocol = "http" | "smtp";

export interface EgressGuard {
  /** All that can be told without asking a resolver. */
  checkUrl(text: string): UrlVerdict;
  /** As checkUrl, for "smtp://host:port" and "smtps://…": ports of mail are allowed as well. */
  checkMailServer(text: string): UrlVerdict;
  /** Whether a connection to this address, as a literal, may be made. */
  allowsAddress(address: string): boolean;
  /** The vetted addresses of a name. @throws EgressRefused, and what the resolver throws */
  resolve(host: string, port: number, protocol?: Protocol): Promise<readonly string[]>;
}

export type Resolver = (host: string) => Promise<readonly string[]>;

/** All addresses that the system's resolver (hosts file included) knows. */
export const systemResolver: Resolver = async (host) =>
  (await lookup(host, { all: true, order: "verbatim" })).map((entry) => entry.address);

const SCHEME_PORT: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

// Ports of other protocols, to which an HTTP request could be smuggled: the Fetch standard's list as far as
// such services matter here, besides databases and caches. Ranges that the operator opened are exempt.
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([
  ...[7, 9, 13, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 79, 110, 111, 113, 119, 123, 135, 137, 139, 143],
  ...[161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 548, 554, 563, 587, 601, 636, 989, 990, 993, 995],
  ...[1433, 1521, 1720, 1723, 2049, 2375, 2379, 3306, 3389, 3659, 4190, 5060, 5061, 5432, 5900, 6000, 6379],
  ...[6566, 6665, 6666, 6667, 6668, 6669, 6697, 9042, 10080, 11211, 27017],
]);

const MAIL_PORTS: ReadonlySet<number> = new Set([25, 465, 587]);

const VERDICTS_KEPT_MAX = 256;

export function createEgressGuard(
  { allow = [], resolver = systemResolver }: { allow?: readonly Range[]; resolver?: Resolver } = {},
): EgressGuard {
  const opened = (text: string): boolean => {
    const address = parseAddress(text);
    if (address === undefined) return false;
    const ranges = isMetadata(address) ? allow.filter(isSingle) : allow;
    return ranges.some((range) => isWithin(address, range));
  };
  const allowsAddress = (text: string): boolean => {
    const address = parseAddress(text);
    return address !== undefined && (isPublic(address) || opened(text));
  };
  const allowsPort = (port: number, address: string, protocol: Protocol) =>
    !OTHER_PROTOCOLS.has(port) || (protocol === "smtp" && MAIL_PORTS.has(port)) || opened(address);
  const checkLiteral = (url: URL, literal: string, protocol: Protocol): UrlVerdict => {
    if (!allowsAddress(literal)) return refusal("address");
    if (hasUserinfo(url)) return refusal("userinfo");
    return allowsPort(portOf(url), literal, protocol) ? { kind: "ok", url } : refusal("port");
  };
  const check = (text: string, protocol: Protocol = "http"): UrlVerdict => {
    if (!URL.canParse(text)) return refusal("bad_url");
    const url = new URL(text);
    if (SCHEME_PORT[url.protocol] === undefined) return refusal("scheme");
    const literal = literalOf(url.hostname);
    if (literal !== undefined) return checkLiteral(url, literal, protocol);
    if (hasUserinfo(url)) return refusal("userinfo");
    // With ranges opened, a local name is judged by the addresses it has.
    return allow.length === 0 && isLocalName(url.hostname) ? refusal("name") : { kind: "ok", url };
  };
  return {
    allowsAddress,
    checkUrl: remembered((text) => check(text)),
    // The parser takes hosts apart, as "127.1", only in URLs of the web.
    checkMailServer: (text) => check(text.replace(/^smtps?:/, "http:"), "smtp"),
    async resolve(host, port, protocol = "http") {
      const addresses = await resolver(host);
      if (!addresses.every(allowsAddress)) throw new EgressRefused(REFUSALS.address);
      if (!addresses.every((address) => allowsPort(port, address, protocol))) {
        throw new EgressRefused(REFUSALS.port);
      }
      return addresses;
    },
  };
}

/** Verdicts depend on the text and on settings alone; channels send to the same few URLs again and again. */
function remembered(check: (text: string) => UrlVerdict): (text: string) => UrlVerdict {
  const known = new Map<string, UrlVerdict>();
  return (text) => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const verdict = check(text);
    if (known.size >= VERDICTS_KEPT_MAX) known.clear();
    known.set(text, verdict);
    return verdict;
  };
}

/** The port that a request to `url` goes to. */
export function portOf(url: URL): number {
  return url.port === "" ? SCHEME_PORT[url.protocol]! : Number(url.port);
}

/** The address that a URL's host literally is; undefined for a name. */
export function literalOf(hostname: string): string | undefined {
  const text = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname.replace(/\.$/, "");
  return parseAddress(text) === undefined ? undefined : text;
}

function hasUserinfo(url: URL): boolean {
  return url.username !== "" || url.password !== "";
}

// Names that only a local network or the machine itself knows (RFC 6761, 6762, ICANN's .internal).
function isLocalName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return !name.includes(".") || /\.(?:localhost|localdomain|local|internal)$/.test(name);
}

// They name the rule, never what was found behind it.
const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  bad_url: "it is no URL",
  scheme: "only http and https are allowed",
  address: "it leads to an address that is not public and not in TOCSIN_EGRESS_ALLOW",
  userinfo: "credentials do not belong into a URL, set a header instead",
  name: "the name belongs to a local network; ranges are opened by TOCSIN_EGRESS_ALLOW",
  port: "the port belongs to another protocol",
};

function refusal(reason: RefusalReason): Refusal {
  return { kind: "refused", reason, message: `Cannot call the URL: ${REFUSALS[reason]}` };
}
