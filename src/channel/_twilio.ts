/**
 * One message by Twilio's own client, over our HTTP: its requests go through the caller's port, so through the
 * egress guard, and keep to its deadline. The package is loaded when a message is first sent.
 */
import { isObject } from "../base/json.ts";
import { parsedJson } from "./_parsed_json.ts";
import { rebased } from "./_fields.ts";
import type { AttemptContext } from "./channel.ts";
import type { HttpResult } from "./http.ts";

export interface TwilioAccount {
  account_sid: string;
  auth_token: string;
  base_url?: string | undefined;
}

export type TwilioMessage =
  & { to: string; body: string }
  & ({ from: string } | { messagingServiceSid: string });

/** What Twilio's client hands to the one that makes its requests. */
interface TwilioRequest {
  method: string;
  uri: string;
  username?: string;
  password?: string;
  data?: Record<string, string>;
}

/** The answer as it came: what it means is read from it, not from the client's errors. */
export async function createMessage(
  { account_sid, auth_token, base_url }: TwilioAccount,
  message: TwilioMessage,
  { http, signal }: Pick<AttemptContext, "http" | "signal">,
): Promise<HttpResult> {
  const { default: twilio } = await import("twilio");
  let result: HttpResult | undefined;
  const httpClient = {
    async request(request: TwilioRequest) {
      result = await http.send({ ...httpRequestOf(request, base_url), signal });
      if (result.kind === "failed") throw new Error(result.message);
      return { statusCode: result.status, body: bodyOf(result.body), headers: result.headers };
    },
  };
  // Its settings are the channel's: none come from variables of the environment.
  const options = { httpClient, env: {} } as unknown as Parameters<typeof twilio>[2];
  try {
    await twilio(account_sid, auth_token, options).messages.create(message);
  } catch (error) {
    if (result === undefined) throw error;
  }
  return result!;
}

function httpRequestOf(request: TwilioRequest, base: string | undefined) {
  const { method, uri, username = "", password = "", data = {} } = request;
  return {
    method: method.toUpperCase(),
    url: rebased(uri, base),
    headers: {
      authorization: `Basic ${btoa(`${username}:${password}`)}`,
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    },
    body: new TextEncoder().encode(new URLSearchParams(data).toString()),
  };
}

function bodyOf(text: string): object {
  const json = parsedJson(text);
  return isObject(json) ? json : {};
}
