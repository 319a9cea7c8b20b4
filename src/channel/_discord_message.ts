/**
 * The default message for Discord: one embed within Discord's limits, of which all texts together may have
 * 6,000 characters. What does not fit is cut, or summed up in the footer.
 */
import type { Severity } from "../model/alert.ts";
import type { Message } from "./channel.ts";
import { cutText, plainText } from "./cut_text.ts";
import { factsOf, headline, timeOf } from "./facts.ts";

const CONTENT_CHARS_MAX = 2000;
const TITLE_CHARS_MAX = 256;
const DESCRIPTION_CHARS_MAX = 3000;
const FIELDS_MAX = 25;
const FIELD_NAME_CHARS_MAX = 100;
const FIELD_VALUE_CHARS_MAX = 500;
/** Of all fields together: with title, description and footer they stay below 6,000. */
const FIELDS_CHARS_MAX = 2200;
const FOOTER_CHARS_MAX = 400;

const COLOURS: Readonly<Record<Severity, number>> = {
  critical: 0xc0392b,
  error: 0xe67e22,
  warning: 0xf1c40f,
  info: 0x3498db,
};
const RESOLVED_COLOUR = 0x2ecc71;

/** Nobody is called, whatever the text names. */
const NO_MENTIONS = { allowed_mentions: { parse: [] } };

/** UTF-16 units, the larger of two ways to count. */
const unitsOf = (char: string) => char.length;

export function discordMessage(message: Message): object {
  const { alert, words } = message;
  if (words !== undefined) {
    return { content: cutText(words.text, CONTENT_CHARS_MAX, unitsOf), ...NO_MENTIONS };
  }
  const { fields, left } = fieldsOf(message);
  const footer = [plainText(alert.rule_name), ...(left === 0 ? [] : [`and ${left} more`])].join(" · ");
  return {
    embeds: [{
      title: cutText(headline(message), TITLE_CHARS_MAX, unitsOf),
      description: cutText(plainText(alert.message).trim(), DESCRIPTION_CHARS_MAX, unitsOf),
      color: alert.status === "resolved" ? RESOLVED_COLOUR : COLOURS[alert.severity],
      ...(fields.length > 0 && { fields }),
      footer: { text: cutText(footer, FOOTER_CHARS_MAX, unitsOf) },
      timestamp: timeOf(alert),
    }],
    ...NO_MENTIONS,
  };
}

function fieldsOf({ alert }: Message) {
  const facts = factsOf(alert).map(({ name, value }) => ({
    name: cutText(name, FIELD_NAME_CHARS_MAX, unitsOf),
    value: cutText(value, FIELD_VALUE_CHARS_MAX, unitsOf),
    inline: true,
  }));
  let chars = 0;
  const end = facts.findIndex(({ name, value }) => (chars += name.length + value.length) > FIELDS_CHARS_MAX);
  const fields = facts.slice(0, Math.min(end < 0 ? Infinity : end, FIELDS_MAX));
  return { fields, left: facts.length - fields.length };
}
