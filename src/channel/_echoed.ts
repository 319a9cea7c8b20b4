/**
 * How a secret may come back in a text of its receiver: as it is, as JSON or a URL writes it, without the
 * scheme of its header ("Bearer"), or within base64, as logins carry it. Bounded by the text, which is an
 * excerpt of an answer, and by the config.
 */

/** `secret` in the writings in which a receiver may echo it. */
export function writingsOf(secret: string): string[] {
  const credentials = /^[\w-]+\s+(?:[\w-]+=)?(\S.*)$/.exec(secret)?.[1];
  const plain = [secret, ...(credentials === undefined ? [] : [credentials, ...passwordOf(credentials)])];
  return plain.flatMap((
    one,
  ) => [one, JSON.stringify(one).slice(1, -1), encodeURIComponent(one.toWellFormed())]);
}

/** `text` with each run of base64 that holds one of `secrets` replaced. */
export function strikeEncoded(text: string, secrets: readonly string[], mask: string): string {
  const needles = secrets.flatMap((secret) => [secret, binaryOf(secret)]);
  return text.replaceAll(/[\w+/-]{8,}={0,2}/g, (run) => {
    const plain = [0, 1, 2, 3].map((start) => decoded(run.slice(start)));
    return needles.some((needle) => plain.some((one) => one.includes(needle))) ? mask : run;
  });
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

function binaryOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}
