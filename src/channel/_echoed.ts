/**
 * How a secret may come back in a text of its receiver: as it is, as JSON or a URL writes it, without the
 * scheme of its header ("Bearer"), or within base64, as logins carry it. Bounded by the text, which is an
 * excerpt of an answer, and by the config.
 */

const DIGIT = /[\w+/-]/;
const RUN = /[\w+/-]+={0,2}/y;

/** `secret` in the writings in which a receiver may echo it. */
export function writingsOf(secret: string): string[] {
  const credentials = /^[\w-]+\s+(?:[\w-]+=(?!=))?(\S.*)$/.exec(secret)?.[1];
  const plain = [secret, ...(credentials === undefined ? [] : [credentials, ...passwordOf(credentials)])];
  return [...new Set(plain.flatMap(encodingsOf))];
}

/** As it is, as JSON has it, also within a text of JSON, and percent-encoded, also as forms do it. */
function encodingsOf(text: string): string[] {
  const json = jsonOf(text);
  const form = new URLSearchParams({ "": text }).toString().slice(1);
  return [text, json, jsonOf(json), encodeURIComponent(text.toWellFormed()), form];
}

function jsonOf(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** `text` with each run of base64 that holds one of `secrets` replaced. */
export function strikeEncoded(text: string, secrets: readonly string[], mask: string): string {
  const needles = [...new Set(secrets.flatMap((secret) => [secret, binaryOf(secret)]))];
  const cores = [...new Set(needles.flatMap(coresOf))].map((core) => ({ core, at: text.indexOf(core) }));
  let struck = "";
  let from = 0;
  while (true) {
    // Each is looked for once in the whole text: where it was found is kept until the text is past it.
    for (const one of cores) if (one.at >= 0 && one.at < from) one.at = text.indexOf(one.core, from);
    const at = Math.min(...cores.map((one) => one.at < 0 ? Infinity : one.at));
    if (at === Infinity) return struck + text.slice(from);
    const { start, end } = runAround(text, { at, from });
    struck += text.slice(from, start) + mask;
    from = end;
  }
}

/** Where the run of base64 around `at` begins, not before `from`, and ends. */
function runAround(text: string, { at, from }: { at: number; from: number }): { start: number; end: number } {
  let start = at;
  while (start > from && DIGIT.test(text[start - 1]!)) start--;
  RUN.lastIndex = at;
  return { start, end: at + RUN.exec(text)![0].length };
}

/** `text` without the beginning of a secret at its end: an excerpt may be cut in the middle of one. */
export function strikeCut(text: string, secrets: readonly string[], { mask, charsMin }: {
  mask: string;
  charsMin: number;
}): string {
  let cut = 0;
  for (const secret of secrets) {
    for (let chars = Math.min(secret.length, text.length); chars >= Math.max(charsMin, cut + 1); chars--) {
      if (text.endsWith(secret.slice(0, chars))) cut = chars;
    }
  }
  return cut === 0 ? text : text.slice(0, -cut) + mask;
}

/** The password of HTTP's basic credentials, which a receiver reads and may name in its answer. */
function passwordOf(credentials: string): string[] {
  if (!/^[\w+/-]+={0,2}$/.test(credentials)) return [];
  const plain = decoded(credentials);
  const at = plain.indexOf(":");
  return at < 0 ? [] : [plain.slice(at + 1)];
}

/** What base64, also that of URLs, says: a character a byte. A cut end is left out. */
function decoded(run: string): string {
  const digits = run.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
}

/**
 * What base64 of any text that holds `binary` holds itself, by where it begins, in both alphabets: whatever stands
 * around it changes only the digits that it shares. Found much faster than all runs are decoded.
 */
function coresOf(binary: string): string[] {
  if (!/^[\0-\xff]*$/.test(binary)) return [];
  return [0, 1, 2].flatMap((before) => {
    const digits = btoa("\0".repeat(before) + binary);
    const core = digits.slice(Math.ceil(before * 8 / 6), Math.floor((before + binary.length) * 8 / 6));
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function binaryOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}
