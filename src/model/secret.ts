/**
 * Secrets: named values that requests of actions, definitions, polls and enrichments carry, and that no document
 * holds. A document names one as `{{ secrets.NAME }}`.
 */
import * as z from "zod";
import { SECRET_NAME } from "../base/secret_marks.ts";
import { badRequest, invalid } from "../base/problem.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";

/** Secrets at a time. */
export const SECRETS_MAX = 1_000;
/** Of a value, as UTF-8. */
export const SECRET_BYTES_MAX = 8_192;
export const SECRET_HOSTS_MAX = 100;
const DESCRIPTION_CHARACTERS_MAX = 1_000;

export interface Secret {
  name: string;
  value: string;
  /** The only hosts that it is sent to; none: any that is called. */
  hosts: readonly string[];
  description: string;
  /** From 1. */
  version: number;
  /** RFC 3339. */
  created_at: string;
  updated_at: string;
  /** Why its value cannot be opened, which is then "". */
  unusable?: string;
}

export interface SecretDraft {
  /** null: the stored one stays. */
  value: string | null;
  hosts: readonly string[];
  description: string;
}

// deno-lint-ignore no-control-regex -- controls would end a header, and begin another
const CONTROL = /[\0-\x1f\x7f]/;
/** Shown in place of a value (src/channel/secrets.ts). */
const MASK = "********";

/** What is wrong with a value, in words that do not quote it; null: nothing. */
function valueFault(value: unknown): string | null {
  if (typeof value !== "string" || value === "") return "expected a text of 1 character or more";
  if (new TextEncoder().encode(value).length > SECRET_BYTES_MAX) {
    return `expected at most ${SECRET_BYTES_MAX} bytes`;
  }
  if (CONTROL.test(value)) return "expected no line breaks and no other control characters";
  if (!value.isWellFormed()) return "expected no lone surrogates";
  return value.startsWith("enc:v1:") ? "it reads as one that is encrypted already" : null;
}

const said =
  "Answers show it as a mask. Left out, or the mask: the stored one stays, for the same hosts or fewer.";
const value = z.unknown().meta({ type: ["string", "null"], description: said }).transform(
  (given, ctx): string | null => {
    const fault = given === undefined || given === null ? null : valueFault(given);
    if (fault === null) return given as string | null ?? null;
    ctx.addIssue({ code: "custom", message: `Cannot use this value: ${fault}` });
    return z.NEVER;
  },
);

const host = z.string().trim().transform((text, ctx) => {
  const name = hostOf(text);
  if (name !== null) return name;
  const wish = "the name of a host, without scheme, port and path";
  ctx.addIssue({ code: "custom", message: `Cannot use ${JSON.stringify(text)} as a host: expected ${wish}` });
  return z.NEVER;
});

const ignored = z.unknown().optional();
export const secretDraftSchema = closedObject({
  value: value.optional(),
  hosts: z.array(host).max(SECRET_HOSTS_MAX).nullish(),
  description: z.string().max(DESCRIPTION_CHARACTERS_MAX).nullish(),
  // Members of an answer that a client may send back.
  ...{ name: ignored, version: ignored, created_at: ignored, updated_at: ignored, used_by: ignored },
});

/** @throws Problem 400 with every fault */
export function readSecretDraft(document: unknown): SecretDraft {
  const read = secretDraftSchema.safeParse(document, { reportInput: true });
  if (!read.success) throw invalid(faultsOf(read.error));
  const { value = null, hosts, description } = read.data;
  return {
    value: value === MASK ? null : value,
    hosts: [...new Set(hosts ?? [])],
    description: description ?? "",
  };
}

/** @throws Problem 400 */
export function requireSecretName(name: string): string {
  if (SECRET_NAME.test(name)) return name;
  throw badRequest(
    "invalid_value",
    "Cannot name a secret like this: expected a letter, then at most 63 letters, digits and _",
    "/name",
  );
}

/** A host as URLs write it; null: it is none. */
function hostOf(text: string): string | null {
  const isAddress = text.includes(":") && !text.startsWith("[");
  const url = URL.parse(`http://${isAddress ? `[${text}]` : text}`);
  const bare = /^(?:\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\%]+)$/i.test(isAddress ? `[${text}]` : text);
  if (url === null || !bare || url.hostname === "") return null;
  return url.hostname.replace(/\.$/, "");
}
