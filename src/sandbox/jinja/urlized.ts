/** The `urlize` filter: addresses in plain text become links. Everything else is escaped. */
import { characters, escapeHtml } from "./printing.ts";

export interface UrlizeRules {
  /** Longest shown text of a link. */
  limit: number | null;
  rel: string;
  target: string | null;
}

const LEADING = /^(?:[(<]|&lt;)+/;
const TRAILING = /(?:[)>.,\n]|&gt;)+$/;
const HOST = /^(?:https?:\/\/|www\.)[^\s<>"']{1,2048}$/i;
const BARE =
  /^[\w%-]{2,63}(?:\.[\w%-]{2,63}){0,8}\.(?:com|net|int|edu|gov|org|info|mil)(?::\d{1,5})?(?:[/?#]\S{0,2048})?$/i;
const MAIL = /^\S{1,256}@\w[\w.-]{0,253}\.\w{1,63}$/;

export function urlized(given: string, rules: UrlizeRules): string {
  return escapeHtml(given).split(/(\s+)/).map((word) => linkedWord(word, rules)).join("");
}

function linkedWord(word: string, rules: UrlizeRules): string {
  if (word.length > 4096) return word;
  const head = LEADING.exec(word)?.[0] ?? "";
  let middle = word.slice(head.length);
  let tail = TRAILING.exec(middle)?.[0] ?? "";
  middle = middle.slice(0, middle.length - tail.length);
  // A closing bracket belongs to the address that opened one.
  for (const [open, close] of [["(", ")"], ["<", ">"], ["&lt;", "&gt;"]] as const) {
    while (middle.split(open).length > middle.split(close).length && tail.startsWith(close)) {
      middle += close;
      tail = tail.slice(close.length);
    }
  }
  return head + linked(middle, rules) + tail;
}

function linked(middle: string, rules: UrlizeRules): string {
  const attributes = `${rules.rel === "" ? "" : ` rel="${escapeHtml(rules.rel)}"`}` +
    (rules.target === null ? "" : ` target="${escapeHtml(rules.target)}"`);
  if (HOST.test(middle)) {
    const url = /^https?:/i.test(middle) ? middle : `https://${middle}`;
    return `<a href="${url}"${attributes}>${shown(middle, rules.limit)}</a>`;
  }
  if (BARE.test(middle)) return `<a href="https://${middle}"${attributes}>${shown(middle, rules.limit)}</a>`;
  const mail = middle.replace(/^mailto:/, "");
  if (!MAIL.test(mail) || /^www\./.test(mail)) return middle;
  return middle.startsWith("mailto:")
    ? `<a href="${middle}">${mail}</a>`
    : `<a href="mailto:${mail}">${mail}</a>`;
}

function shown(url: string, limit: number | null): string {
  const all = characters(url);
  return limit !== null && all.length > limit ? all.slice(0, limit).join("") + "..." : url;
}
