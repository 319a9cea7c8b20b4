/**
 * The config of a channel that is to be saved: checked by its kind, then every URL and mail server that it will call by the
 * egress guard, as far as that can be told without a resolver. So a channel that can never be reached is
 * refused when it is made, not when its first alert is lost.
 */
import type { JsonObject } from "../base/json.ts";
import { invalid } from "../base/problem.ts";
import type { ChannelKind } from "../channel/mod.ts";
import type { EgressGuard } from "./egress.ts";

/** `stored` is the config before, whose secrets masks stand for. @throws Problem 400 with pointers */
export function acceptConfig(
  kind: ChannelKind,
  config: JsonObject,
  { stored, egress }: { stored?: JsonObject; egress: EgressGuard },
): JsonObject {
  const accepted = kind.validate(config, stored);
  const faults = kind.targets(accepted).flatMap(({ pointer, url }) => {
    const verdict = /^smtps?:/.test(url) ? egress.checkMailServer(url) : egress.checkUrl(url);
    if (verdict.kind === "ok") return [];
    return [{ pointer, code: `egress_${verdict.reason}`, message: verdict.message }];
  });
  if (faults.length > 0) throw invalid(faults);
  return accepted;
}
