/** Fields that the configs of several channels share, and what is done with them. */
import { z } from "zod";

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A provider's webhook: https only, as the reference system demands. */
export const hookUrl = z.string()
  .refine(
    (text) => isHttpUrl(text) && text.startsWith("https://"),
    "expected a URL that starts with https://",
  );

export const baseUrl = z.string()
  .refine(
    (text) => isHttpUrl(text) && !/[?#]/.test(text),
    "expected a URL that starts with http:// or https://",
  )
  .optional()
  .describe("Calls this address in place of the provider's, for proxies and tests. The path is kept.");

/** `url` with its origin replaced by `base`, where there is one. */
export function rebased(url: string, base: string | undefined): string {
  if (base === undefined) return url;
  const { pathname, search } = new URL(url);
  return base.replace(/\/+$/, "") + pathname + search;
}

/** The member that decides where a rebased URL leads, for faults of the egress guard. */
export function rebasedTarget(member: string, url: string, base: string | undefined) {
  return { pointer: base === undefined ? `/config/${member}` : "/config/base_url", url: rebased(url, base) };
}
