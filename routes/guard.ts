/**
 * Who may ask. With an admin token every request must carry it. Without one the server listens on a loopback
 * address only, and the danger is a web page in a browser on this machine: a request must name a loopback
 * host (a page cannot forge Host, so DNS rebinding fails), and its Origin, which browsers send with every
 * command, must be the very host and port that it was sent to: a page of another local server is a stranger.
 */
import { Problem } from "../src/base/problem.ts";

/** Throws when the request may not be served. @throws Problem 401, 403 */
export type Guard = (request: Request) => void;

/** Host headers come in few forms; an attacker's own ones must not pile up. */
const HOSTS_KNOWN_MAX = 64;
const BEARER = /^Bearer +(\S+) *$/i;

export function createGuard(adminToken: string | null): Guard {
  return adminToken === null ? loopbackGuard() : tokenGuard(adminToken);
}

function tokenGuard(token: string): Guard {
  return (request) => {
    const given = BEARER.exec(request.headers.get("authorization") ?? "")?.[1];
    if (given === undefined) throw unauthorized("it carries no bearer token", 'Bearer realm="tocsin"');
    if (!sameText(given, token)) {
      throw unauthorized("its bearer token is not known", 'Bearer realm="tocsin", error="invalid_token"');
    }
  };
}

function loopbackGuard(): Guard {
  const known = new Map<string, string | null>();
  const ownOrigin = (host: string): string | null => {
    const seen = known.get(host);
    if (seen !== undefined) return seen;
    const origin = loopbackOrigin(`http://${host}`);
    if (known.size < HOSTS_KNOWN_MAX) known.set(host, origin);
    return origin;
  };
  return ({ headers, url }) => {
    const host = headers.get("host");
    const own = host === null ? loopbackOrigin(url) : ownOrigin(host);
    if (own === null) throw forbidden("host_not_loopback", "its Host header must name this machine");
    const origin = headers.get("origin");
    if (origin !== null && origin !== own) {
      throw forbidden("origin_foreign", "its Origin header must be the host and port that it was sent to");
    }
  };
}

/** The origin of `url` as browsers write it; null when its host is not this machine. */
function loopbackOrigin(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { hostname, origin } = new URL(url);
  const ours = hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return ours ? origin : null;
}

/** Takes the same time wherever the texts differ. */
function sameText(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length;
  for (let i = 0; i < wanted.length; i++) difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i);
  return difference === 0;
}

function unauthorized(why: string, challenge: string): Problem {
  return new Problem({
    status: 401,
    code: "unauthorized",
    detail: `Cannot serve the request: ${why}`,
    headers: { "www-authenticate": challenge },
  });
}

function forbidden(code: string, wish: string): Problem {
  return new Problem({
    status: 403,
    code,
    detail: `Cannot serve the request: without an admin token ${wish}`,
  });
}
