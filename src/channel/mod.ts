/** The door of the channels' room. */
export type {
  AttemptContext,
  ChannelKind,
  ChannelSpec,
  Message,
  MessageGroup,
  SendResult,
  Target,
  Words,
} from "./channel.ts";
export { defineChannel, unsendable } from "./channel.ts";
export type { HttpAnswer, HttpFailed, HttpFailure, HttpPort, HttpRequest, HttpResult } from "./http.ts";
export type {
  Mail,
  MailFailed,
  MailFailure,
  MailPort,
  MailReply,
  MailRequest,
  MailResult,
  MailServer,
  MailStage,
} from "./mail.ts";
export { channelKind, channelKinds, maskSecrets, requireChannelKind } from "./registry.ts";
export { MASK, redactSecrets, strikeOut } from "./secrets.ts";
