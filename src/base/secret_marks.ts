/**
 * Marks: what stands for secrets in a request until it is sent. A document names a secret as `{{ secrets.NAME }}`;
 * whoever makes a request of it puts a mark in that place, and src/notify/secret_http.ts, the last step before the
 * client, the value in place of the mark. A mark is made of a nonce that no text of an event can know, and of
 * characters that URLs, JSON and headers leave as they are.
 */
import type { JsonValue } from "./json.ts";

/** Bound of a name. */
export const SECRET_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const PLACE = /\{\{\s*secrets\.([A-Za-z][A-Za-z0-9_]{0,63})\s*\}\}/g;
const MEMBER = "secrets.";

/** The name in `secrets.NAME`, the inside of a place; null: it names no secret. */
export function secretNameOf(path: string): string | null {
  const name = path.startsWith(MEMBER) ? path.slice(MEMBER.length) : "";
  return SECRET_NAME.test(name) ? name : null;
}

/** The place of a secret as documents write it. */
export function secretPlace(name: string): string {
  return `{{ ${MEMBER}${name} }}`;
}

/** Names of secrets that `text` names, each once. */
export function secretsNamed(text: string): string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name]) => name!))];
}

export class SecretMarks {
  /** With it every mark begins; behind the name comes a "-". */
  readonly prefix: string;
  readonly #mark: RegExp;

  /** @param nonce letters, digits and "-" */
  constructor(nonce: string) {
    this.prefix = `tocsin-secret-${nonce}-`;
    this.#mark = new RegExp(`${this.prefix}([A-Za-z][A-Za-z0-9_]{0,63})-`, "g");
  }

  mark(name: string): string {
    return `${this.prefix}${name}-`;
  }

  /** What a document wrote, with marks in the places of secrets. */
  marked(written: string): string {
    return written.replaceAll(PLACE, (_, name: string) => this.mark(name));
  }

  markedJson<T extends JsonValue>(written: T): T {
    // Neither places nor marks hold anything that JSON escapes.
    return JSON.parse(this.marked(JSON.stringify(written)));
  }

  /** What is shown of a text with marks. */
  shown(text: string): string {
    return text.includes(this.prefix) ? this.replaced(text, secretPlace) : text;
  }

  shownJson<T extends JsonValue>(value: T): T {
    return JSON.parse(this.shown(JSON.stringify(value)));
  }

  namesIn(text: string): string[] {
    return text.includes(this.prefix) ? [...text.matchAll(this.#mark)].map(([, name]) => name!) : [];
  }

  replaced(text: string, valueOf: (name: string) => string): string {
    return text.replaceAll(this.#mark, (_, name: string) => valueOf(name));
  }
}

/**
 * Marks in the requests of api_call enrichments, which a replay makes again: they have no nonce, so whoever makes
 * such a request counts that no more of them stand in it than its rule wrote (src/engine/enrich/call_request.ts).
 */
export const CALL_MARKS = new SecretMarks("call");
