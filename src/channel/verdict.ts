/** What an answer means: the class of an attempt, what a permanent failure condemns, and a reason. */
import type { SendResult } from "./channel.ts";

export type Verdict = Pick<SendResult, "class" | "scope" | "reason" | "retries_max">;

export const delivered: Verdict = { class: "delivered", scope: null, reason: null };

export function transient(reason: string): Verdict {
  return { class: "transient", scope: null, reason };
}

export function deferred(reason: string): Verdict {
  return { class: "deferred", scope: null, reason };
}

export function unknown(reason: string): Verdict {
  return { class: "unknown", scope: null, reason };
}

export function ofMessage(reason: string): Verdict {
  return { class: "permanent", scope: "message", reason };
}

export function ofRecipient(reason: string): Verdict {
  return { class: "permanent", scope: "recipient", reason };
}

export function ofChannel(reason: string): Verdict {
  return { class: "permanent", scope: "channel", reason };
}
