/** Entity tags: a noun's version, so that nobody overwrites what they have not seen (RFC 9110, 13.1). */
import { Problem } from "../src/base/problem.ts";

/** A comma-separated list of entity tags, weak ones among them. */
const TAGS = /^[\s,]*(?:(?:W\/)?"[^"]*"[\s,]*)+$/;
const TAG = /(W\/)?"([^"]*)"/g;
const VERSION = /^\d{1,15}$/;

export function etag(version: number): Readonly<Record<string, string>> {
  return { etag: `"${version}"` };
}

/**
 * The version that If-Match demands; undefined when any will do. Of a list it is `current`, when that is
 * among them. Weak tags match nothing (strong comparison). @throws Problem 412 when no version can match
 */
export function ifMatch(headers: Headers, current?: number): number | undefined {
  const text = headers.get("if-match");
  if (text === null || text.trim() === "*") return undefined;
  const versions = tagsOf(text).filter(({ weak, tag }) => !weak && VERSION.test(tag)).map(({ tag }) =>
    Number(tag)
  );
  const version = versions.find((one) => one === current) ?? versions[0];
  if (version !== undefined) return version;
  throw new Problem({
    status: 412,
    code: "version_outdated",
    detail: 'Cannot save over the version that If-Match names: expected an ETag of ours, like "3"',
  });
}

/** Whether If-None-Match names `tag`, an entity tag (weak comparison): the caller has it already. */
export function isKnown(headers: Headers, tag: string): boolean {
  const text = headers.get("if-none-match");
  if (text === null) return false;
  return text.trim() === "*" || tagsOf(text).some((one) => `"${one.tag}"` === tag);
}

function tagsOf(text: string): { weak: boolean; tag: string }[] {
  if (!TAGS.test(text)) return [];
  return [...text.matchAll(TAG)].map(([, weak, tag]) => ({ weak: weak !== undefined, tag: tag! }));
}
