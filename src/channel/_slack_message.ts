/**
 * The default message for Slack, within the limits of Block Kit and of all blocks together (about 13,200
 * characters, above which Slack answers msg_blocks_too_long). What does not fit is cut, or summed up.
 */
import type { Message } from "./channel.ts";
import { cutText, plainText } from "./cut_text.ts";
import { type Fact, factsOf, headline, timeOf } from "./facts.ts";

const TEXT_CHARS_MAX = 4000;
const HEADER_CHARS_MAX = 150;
const SECTION_CHARS_MAX = 3000;
const FIELDS_PER_SECTION_MAX = 10;
const FIELD_NAME_CHARS_MAX = 100;
const FIELD_VALUE_CHARS_MAX = 900;
/** Of all fields together: with header, message and context they stay below 13,200. */
const FIELDS_CHARS_MAX = 8000;
/** Header, message and context are blocks as well, and there may be 50. */
const FIELD_SECTIONS_MAX = 46;
const CONTEXT_CHARS_MAX = 1000;

export function slackMessage(message: Message): object {
  const { alert, words } = message;
  // A template writes Slack's own marks, and what it takes from the alert is escaped already.
  if (words !== undefined) return { text: cutText(words.text, TEXT_CHARS_MAX) };
  const head = headline(message);
  const body = plainText(alert.message).trim();
  const { shown, left } = fitting(factsOf(alert));
  const more = left === 0 ? [] : [`and ${left} more`];
  const context = [alert.rule_name, timeOf(alert), ...more].join(" · ");
  return {
    text: mrkdwn(body === "" ? head : `${head}\n${body}`, TEXT_CHARS_MAX),
    blocks: [
      { type: "header", text: { type: "plain_text", text: cutText(head, HEADER_CHARS_MAX), emoji: false } },
      ...(body === "" ? [] : [{ type: "section", text: textOf(mrkdwn(body, SECTION_CHARS_MAX)) }]),
      ...sectionsOf(shown.map(textOf)),
      { type: "context", elements: [textOf(mrkdwn(context, CONTEXT_CHARS_MAX))] },
    ],
  };
}

/** Facts as texts of fields, as many as fit, and how many do not. */
function fitting(facts: readonly Fact[]): { shown: string[]; left: number } {
  const texts = facts.map(({ name, value }) =>
    `*${mrkdwn(name, FIELD_NAME_CHARS_MAX)}*\n${mrkdwn(value, FIELD_VALUE_CHARS_MAX)}`
  );
  let chars = 0;
  const end = texts.findIndex((text) => (chars += text.length) > FIELDS_CHARS_MAX);
  const shown = texts.slice(
    0,
    Math.min(end < 0 ? Infinity : end, FIELD_SECTIONS_MAX * FIELDS_PER_SECTION_MAX),
  );
  return { shown, left: texts.length - shown.length };
}

function sectionsOf(fields: readonly object[]): object[] {
  const sections: object[] = [];
  for (let from = 0; from < fields.length; from += FIELDS_PER_SECTION_MAX) {
    sections.push({ type: "section", fields: fields.slice(from, from + FIELDS_PER_SECTION_MAX) });
  }
  return sections;
}

function textOf(text: string) {
  return { type: "mrkdwn", text };
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Text that addresses nobody and links nowhere by itself, cut so that no escape is divided. */
function mrkdwn(text: string, limit: number): string {
  return cutText(text, limit, (char) => ESCAPES[char]?.length ?? 1).replace(
    /[&<>]/g,
    (char) => ESCAPES[char]!,
  );
}
