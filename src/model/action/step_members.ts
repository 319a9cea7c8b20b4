/** What every action that is carried out by itself may say: its name in `results`, how long it may take, how it is repeated. */
import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import { durationText } from "../duration_text.ts";
import { type Retry, retrySchema } from "../retry_policy.ts";

export const ACTION_TIMEOUT_MS = 5_000;
export const ACTION_TIMEOUT_MS_MAX = 60_000;
/** A name that places can say: `{{ results.ticket.result.id }}`. */
const RESULT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export interface StepCommon {
  /** Its name in `results`; null: none. */
  as: string | null;
  timeout_ms: number;
  retry: Retry | null;
}

export const stepMembers = {
  /** A page's own, which means nothing. */
  id: z.unknown().optional(),
  type: z.unknown().optional(),
  as: z.string().regex(
    RESULT_NAME,
    "expected a name of letters, digits and _, that does not begin with a digit",
  )
    .nullish(),
  timeout: durationText.optional(),
  timeout_ms: z.number().int().min(1).max(ACTION_TIMEOUT_MS_MAX).nullish(),
  timeout_seconds: z.number().positive().max(ACTION_TIMEOUT_MS_MAX / 1000).nullish(),
  retry: retrySchema.nullish(),
};

export interface StepGiven {
  as?: string | null | undefined;
  timeout?: number | undefined;
  timeout_ms?: number | null | undefined;
  timeout_seconds?: number | null | undefined;
  retry?: Retry | null | undefined;
}

/** Tells a fault of the member at `path`. */
export type Refuse = (path: (string | number)[], message: string, code?: string) => void;

export function refusing(ctx: z.RefinementCtx): Refuse {
  return (path, message, code = "invalid_value") =>
    void ctx.addIssue({ code: "custom", path, message, params: { code } });
}

export function stepCommon(given: StepGiven, refuse: Refuse, usual_ms = ACTION_TIMEOUT_MS): StepCommon {
  const { timeout, timeout_ms, timeout_seconds } = given;
  const ms = timeout_ms ?? (timeout_seconds ? 1000 * timeout_seconds : timeout) ?? usual_ms;
  if (ms > ACTION_TIMEOUT_MS_MAX || ms < 1) {
    refuse(["timeout"], "Cannot use this timeout: expected 1ms to 1m", "out_of_range");
  }
  return { as: given.as ?? null, timeout_ms: ms, retry: given.retry ?? null };
}

/** The members as `effective` shows them. */
export function writtenCommon({ as, timeout_ms, retry }: StepCommon): JsonObject {
  return { timeout_ms, ...(as !== null && { as }), ...(retry !== null && { retry: retry as JsonObject }) };
}
