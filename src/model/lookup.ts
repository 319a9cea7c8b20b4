/**
 * Lookup tables: what `lookup` enrichments join events with. A table is replaced as a whole; each upload, and
 * each poll of its source that brought something new, is an immutable version.
 */
import * as z from "zod";
import { HEADER_NAME, HEADERS_MAX, RESERVED_HEADER } from "./action/webhook_action.ts";

export const LOOKUP_NAME_CHARACTERS_MAX = 128;
/** Of what is uploaded or polled. */
export const LOOKUP_BYTES_MAX = 64 * 1024 * 1024;
export const LOOKUP_ROWS_MAX = 1_000_000;
/** Tables at a time. */
export const LOOKUPS_MAX = 1_000;
const HEADER_CHARACTERS_MAX = 8_192;
const INTERVAL_SECONDS = { min: 5, max: 86_400 };

export type LookupFormat = "json" | "csv";

/** Where a table comes from by itself. */
export interface LookupSource {
  url: string;
  interval_seconds: number;
  format: LookupFormat;
  /** By name; values may name secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
}

export const lookupSourceSchema: z.ZodType<LookupSource> = z.strictObject({
  url: z.string().min(1).max(2048),
  interval_seconds: z.int().min(INTERVAL_SECONDS.min).max(INTERVAL_SECONDS.max),
  format: z.enum(["json", "csv"]),
  headers: z.record(
    z.string().regex(HEADER_NAME, "not the name of a header")
      .refine((name) => !RESERVED_HEADER.test(name), { error: "this header cannot be set" }),
    z.string().max(HEADER_CHARACTERS_MAX),
  ).refine((headers) => Object.keys(headers).length <= HEADERS_MAX, {
    error: `expected at most ${HEADERS_MAX} headers`,
  }).optional(),
});
