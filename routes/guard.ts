/**
 * Who may ask. With an admin token every request must carry it. Without one the server listens on a loopback
 * address only, and the danger is a web page in a browser on this machine: a request must name a loopback
 * host (a page cannot forge Host, so DNS rebinding fails) and come from no other origin.
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
  const known = new Map<string, boolean>();
  const isOurs = (host: string): boolean => {
    const seen = known.get(host);
    if (seen !== undefined) return seen;
    const ours = isLoopbackHost(`http://${host}`);
    if (known.size < HOSTS_KNOWN_MAX) known.set(host, ours);
    return ours;
  };
  return ({ headers, url }) => {
    const host = headers.get("host");
    if (host === null ? !isLoopbackHost(url) : !isOurs(host)) throw forbidden("Host", "host_not_loopback");
    const origin = headers.get("origin");
    if (origin !== null && !isLoopbackHost(origin)) throw forbidden("Origin", "origin_not_loopback");
  };
}

function isLoopbackHost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname);
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

function forbidden(header: string, code: string): Problem {
  return new Problem({
    status: 403,
    code,
    detail: `Cannot serve the request: without an admin token its ${header} header must name this machine`,
  });
}
