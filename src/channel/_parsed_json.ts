/** The JSON of an answer; null where it is none, as of a proxy's error page. */
import type { JsonValue } from "../base/json.ts";

export function parsedJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
