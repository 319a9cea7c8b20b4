/** /cep/rules: documents of rules. Evaluations of them are in ./simulations.ts. */
import * as z from "zod";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { notFound, Problem } from "../../src/base/problem.ts";
import { readBaselineKey, readBaselineReset } from "../../src/model/baseline.ts";
import { formToRule, readForm } from "../../src/model/form/mod.ts";
import { policyIdOf } from "../../src/model/notification_policy.ts";
import type { RuleVersion, RuleVersionDraft } from "../../src/store/rule_store.ts";
import type { RuleSaved } from "../../actors/rule_control.ts";
import { given } from "../given.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable, Enveloped } from "./compat_table.ts";
import { jsonObject, unprocessable } from "./validation.ts";

const RULES = "/cep/rules";
/** Rules that one list shows; the newest. */
export const RULES_LISTED_MAX = 10_000;
const PAGE_ROWS = 500;
/** An update that others overtake is tried so many times. */
const UPDATES_MAX = 5;
const VERSION_OUTDATED = 412;
/** Who made a rule is kept under this name: `created_by` itself is a member of answers. */
const CREATED_BY = "x-created_by";

const text = z.string();
const triggerType = z.enum(["metric", "event", "schedule", "anomaly", "pattern"]);
const spec = jsonObject.nullish().transform((value): JsonObject => value ?? {});

/** Further members are those of our own documents. */
const draft = z.looseObject({
  rule_name: text,
  trigger_type: triggerType,
  trigger_spec: spec,
  action_spec: spec,
  is_active: z.boolean().optional(),
  created_by: text.nullish(),
});

const change = z.looseObject({
  rule_name: text.optional(),
  trigger_type: triggerType.optional(),
  trigger_spec: jsonObject.optional(),
  action_spec: jsonObject.optional(),
  is_active: z.boolean().optional(),
  created_by: text.nullish(),
});

export function ruleRoutes(table: CompatTable, context: RouteContext): void {
  const { rules } = context.deps;
  const shown = (row: RuleVersionDraft) => shownRule(row, context);
  const saved = ({ row, warnings }: RuleSaved): Enveloped => ({
    data: { rule: shown(row) },
    ...(warnings.length > 0 && { metadata: { warnings: warnings.map((fault) => ({ ...fault })) } }),
  });

  table.on("GET", RULES, { query: z.object({ trigger_type: text.optional() }) }, async ({ query }) => {
    const { rows, truncated } = await newest(query.trigger_type, context);
    rows.sort((one, other) => other.updated_at - one.updated_at);
    return { data: { rules: rows.map(shown) }, ...(truncated && { metadata: { truncated } }) };
  });
  table.on(
    "POST",
    RULES,
    { body: draft },
    async ({ body }) => saved(await rules.create(documentOf(body), { cycles: "warn" })),
  );
  table.on("POST", `${RULES}/form`, { body: jsonObject }, async ({ body: { created_by, ...form } }) => {
    const read = readForm(form, "reference");
    if (!read.ok) throw unprocessable(read.errors);
    return saved(
      await rules.create(documentOf({ ...formToRule(read.form), created_by }), { cycles: "warn" }),
    );
  });
  table.on("GET", `${RULES}/:id`, {}, async ({ param }) => {
    return { data: { rule: shown(await ruleOf(param("id"), context)) } };
  });
  table.on(
    "PUT",
    `${RULES}/:id`,
    { body: change },
    async ({ param, body }) => saved(await update(param("id"), documentOf(body), context)),
  );
  table.on("DELETE", `${RULES}/:id`, {}, async ({ param }) => {
    await rules.remove(param("id"));
    return { data: null, message: `Rule ${param("id")} deleted` };
  });
  table.on("PATCH", `${RULES}/:id/toggle`, { body: z.object({ is_active: z.boolean().optional() }) }, async (
    { param, body },
  ) => {
    const { active } = await ruleOf(param("id"), context);
    return saved(await rules.setActive(param("id"), body.is_active ?? !active));
  });
}

/** What an anomaly rule compares with. */
export function anomalyRoutes(table: CompatTable, { deps: { rules } }: RouteContext): void {
  const query = z.object({ key: text.optional() });
  // The first path is the one that the reference system serves, the second the one of its documents.
  for (const path of [`${RULES}/anomaly-status/:id`, `${RULES}/:id/anomaly-status`]) {
    table.on("GET", path, { query }, async ({ param, query: { key } }) => ({
      data: await rules.anomalyStatus(param("id"), readBaselineKey(key)),
    }));
  }
  table.on("POST", `${RULES}/:id/anomaly-reset`, { body: jsonObject }, async ({ param, body }) => {
    const command = { kind: "baseline_reset" as const, key: readBaselineReset(body) };
    const { rule_id } = await rules.command(param("id"), command);
    return { data: { rule_id }, message: "The baseline starts anew" };
  });
}

/** @throws Problem 404 */
export async function ruleOf(ruleId: string, { deps }: RouteContext): Promise<RuleVersion> {
  const row = await deps.store.rules.get(ruleId);
  if (row === undefined) throw notFound("rule", ruleId);
  return row;
}

/** A rule under the names of the reference system; what our documents have besides stands beside them. */
function shownRule(row: RuleVersionDraft, { deps }: RouteContext): JsonObject {
  const { effective: _, [CREATED_BY]: created_by = null, ...document } = deps.rules.show(row);
  const { description, action_spec } = document;
  const action = isObject(action_spec) ? action_spec : {};
  const described = typeof description === "string" && description !== ""
    ? { ...action, description }
    : action;
  return { trigger_spec: {}, ...document, action_spec: described, created_by };
}

/** Its pages keep the description of a rule within the action; here it is the rule's, and shown in both places. */
function documentOf({ created_by, ...document }: Record<string, unknown>): JsonObject {
  const written = given({ ...document, [CREATED_BY]: created_by ?? undefined }) as JsonObject;
  if (!isObject(written.action_spec) || typeof written.action_spec.description !== "string") return written;
  const { description, ...action_spec } = written.action_spec;
  return { description, ...written, action_spec };
}

/** Only what is given changes, each member as a whole: a trigger_spec is not merged into the one before. */
async function update(ruleId: string, changes: JsonObject, context: RouteContext): Promise<RuleSaved> {
  const { rules } = context.deps;
  for (let tries = 1;; tries++) {
    const row = await ruleOf(ruleId, context);
    try {
      return await rules.replace(ruleId, { ...rules.show(row), ...changes }, {
        ifMatch: row.version,
        cycles: "warn",
      });
    } catch (error) {
      const overtaken = error instanceof Problem && error.status === VERSION_OUTDATED;
      if (!overtaken || tries === UPDATES_MAX) throw error;
    }
  }
}

async function newest(
  trigger_type: string | undefined,
  { deps }: RouteContext,
): Promise<{ rows: RuleVersion[]; truncated: boolean }> {
  const rows: RuleVersion[] = [];
  let after: string | null | undefined;
  while (after !== null && rows.length < RULES_LISTED_MAX) {
    const page = await deps.store.rules.list({ ...given({ trigger_type, after }), limit: PAGE_ROWS });
    // A policy is a rule as well, and listed as a notification.
    rows.push(...page.items.filter(({ rule_id }) => policyIdOf(rule_id) === null));
    after = page.next;
  }
  return { rows: rows.slice(0, RULES_LISTED_MAX), truncated: after !== null };
}
