/** Output of a template as its channel takes it: lengths, line ends and control characters. */
import type { JsonValue } from "../base/json.ts";
import type { TemplateChannel } from "../model/template.ts";

export const SLACK_CHARACTERS_MAX = 3000;
export const DISCORD_CHARACTERS_MAX = 2000;
export const SMS_CHARACTERS_MAX = 1600;
export const SUBJECT_CHARACTERS_MAX = 255;

// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f]+/g;

export function fittedOutput(channel: TemplateChannel, output: JsonValue): JsonValue {
  if (typeof output !== "string") return output;
  switch (channel) {
    case "sms":
      return cut(output.replace(/\r\n?/g, "\n").replace(CONTROLS, " ").trim(), SMS_CHARACTERS_MAX);
    case "discord":
      return cut(output, DISCORD_CHARACTERS_MAX);
    case "slack":
      // An escape that is cut in two would show: what is left of it goes too.
      return cut(output, SLACK_CHARACTERS_MAX).replace(/&[a-z]{0,3}…$/, "…");
    default:
      return output;
  }
}

/** One line: nothing in the data may begin another header. */
export function fittedSubject(subject: string): string {
  // deno-lint-ignore no-control-regex
  return cut(subject.replace(/[\x00-\x1f\x7f\u2028\u2029]+/g, " ").trim(), SUBJECT_CHARACTERS_MAX);
}

/** At most `max` UTF-16 units, never half a character. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "") + "…";
}
