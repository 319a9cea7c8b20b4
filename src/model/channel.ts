/** A channel: a place that notifications go to. Members of `config` that hold secrets are write-only. */
import type { JsonObject } from "../base/json.ts";

/** The last test of a channel, as its provider answered. */
export interface ChannelTest {
  at: string;
  ok: boolean;
  status: number | null;
  error: string | null;
}

/** As stored. `config` was checked by the spec of `type`; the API shows it with its secrets masked. */
export interface Channel {
  channel_id: string;
  name: string;
  type: string;
  config: JsonObject;
  enabled: boolean;
  policy: JsonObject;
  version: number;
  created_at: string;
  updated_at: string;
  last_test: ChannelTest | null;
  /** Why nothing can be sent by it, where its stored secrets cannot be opened; never stored. */
  unusable?: string;
}
