/** An inhibition as stored: while an alert matches `source`, alerts that match `target` and agree on `equal` are quiet. */
import type { Matcher } from "./matcher.ts";

export interface Inhibition {
  inhibition_id: string;
  source: Matcher[];
  target: Matcher[];
  equal: string[];
  comment: string;
}
