/** Names of fields whose values nobody should be shown: passwords, tokens and the like, by any part of a path. */

const SECRET =
  /pass(?:word|wd|phrase|code)|^pwd$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|credential|cookie|session[-_]?id|^ssn$|cvv|card[-_]?number/i;

/** @example `isSecretField("user.apiKey")` is true */
export function isSecretField(path: string): boolean {
  return path.split(".").some((part) => SECRET.test(part));
}
