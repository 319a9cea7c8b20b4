/**
 * The configuration, read once at start from the environment. Every name may also be given as
 * NAME_FILE, the path of a file that holds the value. An unknown TOCSIN_ name is refused with the nearest
 * known one; an empty value is as good as none. All faults are told at once, and no value of a secret.
 */
import ipaddr from "ipaddr.js";
import * as z from "zod";
import { parseRanges, type Range } from "../base/address_ranges.ts";
import { parseByteSize } from "../base/byte_size.ts";
import { parseDuration } from "../base/duration.ts";
import { SEALING_KEY_BYTES } from "../base/sealing.ts";
import { readEnvironment } from "./environment.ts";

export interface Config {
  /** 0 lets the system choose. */
  port: number;
  host: string;
  /** A directory, or ":memory:" to keep nothing. */
  data: string;
  /** full: an answered event survives power loss. normal: it survives a crash of the process. */
  durability: "full" | "normal";
  /** Workers that host rules. */
  rule_workers: number;
  retention_ms: number;
  retention_bytes: number;
  /** Addresses and CIDRs that outgoing calls may reach besides public addresses. */
  egress_allow: readonly Range[];
  /** null: open, on a loopback address only. */
  admin_token: string | null;
  /** Keys of 32 bytes that seal stored secrets: the first seals, all open. Empty: nothing is sealed. */
  secret_keys: readonly Uint8Array[];
  log_level: "debug" | "info" | "warn" | "error";
}

/** The message names every fault, a line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
  }
}

const RULE_WORKERS_MAX = 1_024;
const SECRET_KEYS_MAX = 16;
// RFC 6750: what a bearer token may consist of.
const BEARER = /^[A-Za-z0-9\-._~+/]+=*$/;

const configSchema = z.object({
  PORT: parsed((text) => wholeNumber(text, 0, 65_535), "a port from 0 to 65535").default(8080),
  TOCSIN_HOST: parsed(hostOf, `an IP address or "localhost"`).default("127.0.0.1"),
  TOCSIN_DATA: z.string().default("./data"),
  TOCSIN_DURABILITY: choice(["full", "normal"]).default("full"),
  TOCSIN_RULE_WORKERS: parsed(
    (text) => wholeNumber(text, 1, RULE_WORKERS_MAX),
    `a whole number from 1 to ${RULE_WORKERS_MAX}`,
  ).default(32),
  TOCSIN_RETENTION: parsed(positive(parseDuration), `a duration like "7d" or "12h"`).default(7 * 86_400_000),
  TOCSIN_RETENTION_BYTES: parsed(positive(parseByteSize), `a size like "10GB" or "512MiB"`).default(10e9),
  TOCSIN_EGRESS_ALLOW: parsed(rangesOf, `addresses or CIDRs like "10.0.0.0/8,::1"`).default([]),
  TOCSIN_ADMIN_TOKEN: z.string().regex(BEARER, "expected letters, digits and -._~+/ only").nullable().default(
    null,
  ),
  TOCSIN_SECRET_KEY: z.string().transform(secretKeysOf).default([]),
  TOCSIN_REDIS_URL: notYet("a Redis store is"),
  TOCSIN_LOG: choice(["debug", "info", "warn", "error"]).default("info"),
});

/**
 * Reads the configuration.
 * @param readFile gives the text of a file that a NAME_FILE names
 * @throws ConfigError telling all that is wrong
 */
export function readConfig(
  env: Readonly<Record<string, string>>,
  readFile: (path: string) => string,
): Config {
  const { values, faults } = readEnvironment(env, Object.keys(configSchema.shape), readFile);
  const result = configSchema.safeParse(values);
  if (!result.success) {
    for (const issue of result.error.issues) {
      faults.push(`Cannot use ${String(issue.path[0])}: ${issue.message}`);
    }
  }
  const host = values.TOCSIN_HOST === undefined ? undefined : hostOf(values.TOCSIN_HOST.trim());
  if (host !== undefined && !isLoopback(host) && values.TOCSIN_ADMIN_TOKEN === undefined) {
    faults.push(
      `Cannot use TOCSIN_HOST: a server on ${host} can be reached from other machines, so it starts only ` +
        "with an admin token: set TOCSIN_ADMIN_TOKEN or TOCSIN_ADMIN_TOKEN_FILE, or listen on 127.0.0.1",
    );
  }
  if (faults.length > 0 || !result.success) throw new ConfigError(faults);
  const read = result.data;
  return {
    port: read.PORT,
    host: read.TOCSIN_HOST,
    data: read.TOCSIN_DATA,
    durability: read.TOCSIN_DURABILITY,
    rule_workers: read.TOCSIN_RULE_WORKERS,
    retention_ms: read.TOCSIN_RETENTION,
    retention_bytes: read.TOCSIN_RETENTION_BYTES,
    egress_allow: read.TOCSIN_EGRESS_ALLOW,
    admin_token: read.TOCSIN_ADMIN_TOKEN,
    secret_keys: read.TOCSIN_SECRET_KEY,
    log_level: read.TOCSIN_LOG,
  };
}

/** Text that `parse` reads; undefined from it means that the text is not what was wished. */
function parsed<T>(parse: (text: string) => T | undefined, wish: string) {
  return z.string().transform((text, ctx): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    ctx.addIssue({ code: "custom", message: `expected ${wish}: current value is ${JSON.stringify(text)}` });
    return z.NEVER;
  });
}

// The message tells which key is wrong, and nothing of it.
function secretKeysOf(text: string, ctx: z.RefinementCtx): Uint8Array[] {
  const texts = text.split(",").map((one) => one.trim());
  const keys = texts.map(secretKeyOf);
  const wrong = keys.indexOf(undefined);
  const fault = (message: string) => ctx.addIssue({ code: "custom", message });
  if (keys.length > SECRET_KEYS_MAX) {
    fault(`expected at most ${SECRET_KEYS_MAX} keys: current value has ${keys.length}`);
  }
  if (wrong >= 0) {
    const wish = `expected ${SEALING_KEY_BYTES} bytes as base64 or hex, several keys separated by commas`;
    fault(
      `${wish}: key ${wrong + 1} of ${keys.length} is something else (${texts[wrong]!.length} characters)`,
    );
  }
  return keys.filter((key) => key !== undefined);
}

function secretKeyOf(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Uint8Array.fromHex(text);
  if (!/^[\w+/-]{43}=?$/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // Characters after the padding, say.
    return undefined;
  }
}

function choice<const T extends string>(values: readonly T[]) {
  return parsed((text) => values.find((value) => value === text), values.join(" or "));
}

function notYet(feature: string) {
  return z.undefined(`${feature} not supported yet`).optional();
}

function wholeNumber(text: string, low: number, high: number): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= low && value <= high ? value : undefined;
}

function positive(parse: (text: string) => number | undefined): (text: string) => number | undefined {
  return (text) => {
    const value = parse(text);
    return value !== undefined && value > 0 ? value : undefined;
  };
}

function hostOf(text: string): string | undefined {
  return text === "localhost" || ipaddr.isValid(text) ? text : undefined;
}

/** Whether only this machine can reach a server on `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || ipaddr.process(host).range() === "loopback";
}

function rangesOf(text: string): Range[] | undefined {
  const parsed = parseRanges(text);
  return "ranges" in parsed ? parsed.ranges : undefined;
}
