/**
 * What Slack's answer means: the body decides first, the status second, since Slack documents the meaning of
 * its codes and the status of but a few. Held by test/vectors/delivery/retry_http.json.
 */
import { isObject } from "../base/json.ts";
import { parsedJson } from "./_parsed_json.ts";
import type { SendResult } from "./channel.ts";
import type { HttpAnswer, HttpResult } from "./http.ts";
import { outcomeOfHttp, type Reading } from "./http_outcome.ts";
import {
  deferred,
  delivered,
  ofChannel,
  ofMessage,
  ofRecipient,
  transient,
  unknown,
  type Verdict,
} from "./verdict.ts";

const BY_CODE: Readonly<Record<string, Verdict>> = {
  invalid_payload: ofMessage("invalid_payload"),
  user_not_found: ofRecipient("user_not_found"),
  action_prohibited: ofChannel("action_prohibited"),
  channel_not_found: ofChannel("channel_not_found"),
  channel_is_archived: ofChannel("channel_is_archived"),
  rollup_error: transient("rollup_error"),
  invalid_token: ofChannel("invalid_token"),
  no_service: ofChannel("no_service"),
  no_active_hooks: ofChannel("no_active_hooks"),
  no_service_id: ofChannel("no_service_id"),
  no_team: ofChannel("no_team"),
  team_disabled: ofChannel("team_disabled"),
  posting_to_general_channel_denied: ofChannel("posting_to_general_channel_denied"),
  no_text: ofMessage("no_text"),
  missing_text_or_fallback_or_attachments: ofMessage("no_text"),
  too_many_attachments: ofMessage("too_many_attachments"),
  invalid_blocks: ofMessage("invalid_blocks"),
  invalid_blocks_format: ofMessage("invalid_blocks"),
  msg_blocks_too_long: ofMessage("too_long"),
  msg_too_long: ofMessage("too_long"),
  rate_limited: deferred("rate_limited"),
};

const CODE = /^[a-z][a-z0-9_]{0,99}$/;
/** Where the status alone condemns the channel, a code that nobody knows does not change that. */
const CHANNEL_STATUS: ReadonlySet<number> = new Set([401, 403, 404, 405, 410]);

export function outcomeOfSlack(result: HttpResult, now: number): SendResult {
  return outcomeOfHttp(result, now, read);
}

function read(answer: HttpAnswer): Reading {
  const { ok, code, wait_ms } = said(answer.body.trim());
  const about = { ...(code && { code }), ...(wait_ms !== undefined && { wait_ms }) };
  const verdict = (code && BY_CODE[code]) || byStatus(answer.status, { ok, code });
  return verdict === undefined ? about : { ...about, verdict };
}

/** Undefined leaves it to the general table. */
function byStatus(
  status: number,
  { ok, code }: { ok: boolean; code: string | undefined },
): Verdict | undefined {
  if (status >= 200 && status < 300) {
    if (ok) return delivered;
    return code === undefined ? unknown("bad_answer") : ofMessage("unknown_code");
  }
  if (status === 405) return ofChannel("not_found");
  if (code === undefined || status < 400 || status >= 500 || status === 429) return undefined;
  return CHANNEL_STATUS.has(status) ? ofChannel("unknown_code") : ofMessage("unknown_code");
}

/** A plain word, or JSON as Slack-compatible servers and rate limits answer. */
function said(body: string): { ok: boolean; code?: string | undefined; wait_ms?: number } {
  if (!body.startsWith("{")) {
    return { ok: body === "ok", code: body !== "ok" && CODE.test(body) ? body : undefined };
  }
  const json = parsedJson(body);
  if (!isObject(json)) return { ok: false };
  const { ok, error, retry_after } = json;
  return {
    ok: ok === true,
    code: typeof error === "string" && CODE.test(error) ? error : undefined,
    ...(typeof retry_after === "number" && retry_after >= 0 && { wait_ms: Math.ceil(retry_after * 1000) }),
  };
}
