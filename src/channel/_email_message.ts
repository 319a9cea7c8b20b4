/**
 * The default mail: a subject, and the same told as text and as HTML. Everything of the alert is escaped, and
 * cut where it is long; the message id is the delivery's, so that a receiver can tell a repeat, and all mails
 * of one alert name one thread.
 */
import { derivedId } from "../base/ids.ts";
import type { Message } from "./channel.ts";
import { cutText, oneLine, plainText } from "./cut_text.ts";
import { type Fact, factsOf, headline, timeOf } from "./facts.ts";

export interface EmailText {
  subject: string;
  text: string;
  html: string;
  /** Of its thread, without a domain. */
  thread: string;
}

const SUBJECT_CHARS_MAX = 150;
const MESSAGE_CHARS_MAX = 20_000;
const FACT_CHARS_MAX = 2_000;
const FACTS_MAX = 100;

export function emailText(message: Message): EmailText {
  const { words } = message;
  const own = ownText(message);
  if (words === undefined) return own;
  const subject = cutText(oneLine(words.subject ?? words.title), SUBJECT_CHARS_MAX) || own.subject;
  return { ...own, subject, html: words.html ?? own.html };
}

/** Where no template speaks; of one that does, the text for those who read no HTML. */
function ownText(message: Message): EmailText {
  const { alert } = message;
  const head = headline(message);
  const body = cutText(plainText(alert.message).trim(), MESSAGE_CHARS_MAX);
  const facts = factsOf(alert);
  const shown = facts.slice(0, FACTS_MAX).map(({ name, value }) => ({
    name: cutText(name, FACT_CHARS_MAX),
    value: cutText(value, FACT_CHARS_MAX),
  }));
  const more = facts.length > FACTS_MAX ? [`and ${facts.length - FACTS_MAX} more`] : [];
  const foot = [plainText(alert.rule_name), timeOf(alert), ...more].join(" · ");
  return {
    subject: cutText(head, SUBJECT_CHARS_MAX),
    text: [head, body, shown.map(({ name, value }) => `${name}: ${value}`).join("\n"), foot]
      .filter((part) => part !== "").join("\n\n") + "\n",
    html: htmlOf({ head, body, facts: shown, foot }),
    thread: derivedId("tocsin.", [alert.alert_id]),
  };
}

function htmlOf(
  { head, body, facts, foot }: { head: string; body: string; facts: readonly Fact[]; foot: string },
): string {
  const rows = facts.map(({ name, value }) =>
    `<tr><th align="left" valign="top">${escaped(name)}</th><td>${escaped(value)}</td></tr>`
  );
  return [
    '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif">',
    `<h2>${escaped(head)}</h2>`,
    ...(body === "" ? [] : [`<p style="white-space:pre-wrap">${escaped(body)}</p>`]),
    ...(rows.length === 0 ? [] : [`<table cellpadding="4">${rows.join("\n")}</table>`]),
    `<p style="color:#666">${escaped(foot)}</p>`,
    "</body></html>",
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}
