/**
 * A URL with what may be secret in it hidden: who calls (user and password), the values of its query, its
 * fragment, and every segment of its path that is long enough for a token, as hooks carry them
 * ("/services/T0/B0/<token>"). Host and the rest of the path stay, so that an operator knows it again.
 */

/** A URL's text as it may be shown, and the secrets it hides. */
export interface MaskedUrl {
  text: string;
  hidden: string[];
}

const TOKEN_CHARS_MIN = 16;

/** Undefined where `text` is no URL. */
export function maskedUrl(text: string, mask: string): MaskedUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, host, pathname, search, hash, href } = new URL(text);
  const hidden: string[] = [];
  const hide = (secret: string) => {
    if (secret === "") return "";
    hidden.push(secret, ...decoded(secret));
    return mask;
  };
  const user = hide(username) + (password === "" ? "" : `:${hide(password)}`);
  const path = pathname.split("/").map((part) => part.length < TOKEN_CHARS_MIN ? part : hide(part)).join("/");
  const shown = `${protocol}//${user === "" ? "" : `${user}@`}${host}${path}${maskedQuery(search, hide)}${
    hash === "" ? "" : `#${hide(hash.slice(1))}`
  }`;
  return { text: shown === href ? text : shown, hidden };
}

/**
 * A provider's webhook: whoever knows its path may post, so all of it but the first segment is hidden,
 * however short. Undefined where `text` is no URL.
 */
export function maskedHook(text: string, mask: string): MaskedUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname, search, hash } = new URL(text);
  const [, first = "", ...rest] = pathname.split("/");
  if (rest.length === 0) return { text: `${protocol}//${host}/${mask}`, hidden: [first, search, hash] };
  const path = rest.join("/");
  return { text: `${protocol}//${host}/${first}/${mask}`, hidden: [path, ...rest, search, hash] };
}

function maskedQuery(search: string, hide: (secret: string) => string): string {
  if (search === "") return "";
  const parts = search.slice(1).split("&").map((part) => {
    const at = part.indexOf("=");
    return at < 0 ? hide(part) : `${part.slice(0, at)}=${hide(part.slice(at + 1))}`;
  });
  return `?${parts.join("&")}`;
}

// A receiver may echo the text that the escapes stand for.
function decoded(secret: string): string[] {
  try {
    const text = decodeURIComponent(secret.replaceAll("+", " "));
    return text === secret ? [] : [text];
  } catch {
    return [];
  }
}
