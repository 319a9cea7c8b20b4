/** Entity tags: a noun's version, so that nobody overwrites what they have not seen (RFC 9110, 13.1.1). */
import { Problem } from "../src/base/problem.ts";

export function etag(version: number): Readonly<Record<string, string>> {
  return { etag: `"${version}"` };
}

/** The version that If-Match names; undefined when any will do. @throws Problem 412 when it can name none */
export function ifMatch(headers: Headers): number | undefined {
  const text = headers.get("if-match");
  if (text === null || text.trim() === "*") return undefined;
  const version = /^\s*"(\d{1,15})"\s*$/.exec(text)?.[1];
  if (version !== undefined) return Number(version);
  throw new Problem({
    status: 412,
    code: "version_outdated",
    detail: 'Cannot save over the version that If-Match names: expected an ETag of ours, like "3"',
  });
}
