/** What an anomaly rule compares with: its status, starting it anew, giving it another baseline. */
import type { RuleCommand } from "../src/engine/command.ts";
import { readBaselineKey, readBaselineReset, readBaselineUpload } from "../src/model/baseline.ts";
import type { CommandReply } from "../actors/rule_commands.ts";
import { type Answer, ok } from "./answer.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const RULES = "/api/v1/rules";
const ACCEPTED = 202;

export function anomalyRoutes(routes: RouteTable, { deps: { rules } }: RouteContext): void {
  const status = async ({ param, query }: Call) =>
    ok(await rules.anomalyStatus(param("id"), readBaselineKey(query.text("key"))));
  routes.on("GET", `${RULES}/:id/anomaly-status`, status, { query: ["key"] });
  // The path of the reference system; its documents have the other one.
  routes.on("GET", `${RULES}/anomaly-status/:id`, status, { query: ["key"] });

  const tell = async (call: Call, command: RuleCommand): Promise<Answer> => {
    const { rule_id, offset } = await rules.command(call.param("id"), command, replyOf(call));
    return { ...ok({ rule_id, offset }), status: ACCEPTED };
  };
  routes.on(
    "POST",
    `${RULES}/:id/anomaly-reset`,
    (call) => tell(call, { kind: "baseline_reset", key: readBaselineReset(call.body) }),
    { body: "optional" },
  );
  routes.on(
    "PUT",
    `${RULES}/:id/baseline`,
    (call) => tell(call, { kind: "baseline_replace", ...readBaselineUpload(call.body) }),
  );
}

function replyOf({ slot }: Call): CommandReply | undefined {
  if (slot === null) return undefined;
  const { key, request, created_at } = slot;
  return (taken) => {
    slot.committed = true;
    return { key, request, status: ACCEPTED, created_at, body: (firsts) => JSON.stringify(taken(firsts)) };
  };
}
