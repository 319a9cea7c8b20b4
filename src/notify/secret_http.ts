/**
 * An HTTP port that puts the values of secrets in place of their marks (src/base/secret_marks.ts) right before a
 * request is made, and strikes them out of the answer. Whatever cannot be filled in fails the call before anything
 * is sent: a secret that is not there, that no key opens, that is not for this host, or that no header takes.
 * No redirect is followed by the client, so a value goes to the host that was looked at and nowhere else.
 */
import type { SecretMarks } from "../base/secret_marks.ts";
import type { HttpFailed, HttpPort, HttpRequest, HttpResult } from "../channel/http.ts";
import { strikeOut } from "../channel/mod.ts";
import type { Secret } from "../model/secret.ts";
import { failed } from "./_failure.ts";

export interface SecretSource {
  get(name: string): Pick<Secret, "value" | "hosts" | "unusable"> | undefined;
}

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const FORM = /^application\/x-www-form-urlencoded\b/i;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function withSecrets({ http, secrets }: { http: HttpPort; secrets: SecretSource }): HttpPort {
  return {
    async send(request) {
      const names = markedSecrets(request);
      if (names.length === 0) return await http.send(request);
      const opened = open(names, { secrets, url: request.url });
      if (opened.kind === "failed") return opened;
      const filled = fill(request, opened.values);
      if (filled.kind === "failed") return filled;
      const told = [...opened.values.values(), ...filled.headers];
      return struck(await http.send(filled.request), told);
    },
  };
}

/** Names of the secrets that stand in a request, each once. */
export function markedSecrets({ url, headers, body, secrets: marks }: HttpRequest): string[] {
  if (marks === undefined) return [];
  const texts = [url, ...Object.values(headers), body.length === 0 ? "" : decoder.decode(body)];
  return [...new Set(texts.flatMap((text) => marks.namesIn(text)))];
}

type Values = ReadonlyMap<string, string>;

function open(
  names: readonly string[],
  { secrets, url }: { secrets: SecretSource; url: string },
): { kind: "open"; values: Values } | HttpFailed {
  const host = URL.parse(url)?.hostname.replace(/\.$/, "") ?? "";
  const values = new Map<string, string>();
  for (const name of names) {
    const secret = secrets.get(name);
    if (secret === undefined) return refused("secret_missing", name, "there is no such secret");
    if (secret.unusable !== undefined) return refused("secret_locked", name, secret.unusable);
    if (secret.hosts.length > 0 && !secret.hosts.includes(host)) {
      return refused("secret_host_refused", name, `it may not be sent to ${JSON.stringify(host)}`);
    }
    values.set(name, secret.value);
  }
  return { kind: "open", values };
}

function fill(
  { secrets, ...request }: HttpRequest,
  values: Values,
): { kind: "filled"; request: HttpRequest; headers: string[] } | HttpFailed {
  const marks = secrets!;
  const valueOf = (name: string) => values.get(name)!;
  const url = marks.replaced(request.url, (name) => encodeURIComponent(valueOf(name)));
  // A value is a part of the path or of the query: it never says where a request goes.
  if (URL.parse(url)?.origin !== URL.parse(request.url)?.origin || url.includes(marks.prefix)) {
    return failed("bad_url");
  }
  const headers: Record<string, string> = {};
  const filled: string[] = [];
  for (const [name, written] of Object.entries(request.headers)) {
    const [secret] = marks.namesIn(written);
    headers[name] = secret === undefined ? written : marks.replaced(written, valueOf);
    if (secret === undefined) continue;
    filled.push(headers[name]);
    if (!HEADER_VALUE.test(headers[name])) {
      return refused("secret_unusable", secret, "its value holds characters that no header takes");
    }
  }
  const body = filledBody(request, marks, valueOf);
  return { kind: "filled", request: { ...request, url, headers, body }, headers: filled };
}

function filledBody(
  { body, headers }: Pick<HttpRequest, "body" | "headers">,
  marks: SecretMarks,
  valueOf: (name: string) => string,
): HttpRequest["body"] {
  const text = decoder.decode(body);
  if (!text.includes(marks.prefix)) return body;
  const write = writerOf(text, headers["content-type"] ?? "");
  return encoder.encode(marks.replaced(text, (name) => write(valueOf(name))));
}

/** How a value is written in a body: as JSON in JSON, percent-encoded in a form, else as it is. */
function writerOf(text: string, type: string): (value: string) => string {
  if (FORM.test(type)) return encodeURIComponent;
  try {
    JSON.parse(text);
  } catch (_noJson) {
    return (value) => value;
  }
  return (value) => JSON.stringify(value).slice(1, -1);
}

function struck(result: HttpResult, values: readonly string[]): HttpResult {
  if (result.kind === "failed") return result;
  const headers = Object.entries(result.headers).map(([name, value]) => [name, strikeOut(value, values)]);
  return { ...result, headers: Object.fromEntries(headers), body: strikeOut(result.body, values) };
}

function refused(code: HttpFailed["code"], name: string, why: string): HttpFailed {
  return failed(code, `Cannot send secret "${name}": ${why}`);
}
