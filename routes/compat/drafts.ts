/** POST /ai/cep-copilot/validate: what a save would say of a draft. Drafting itself needs a model (./unserved.ts). */
import * as z from "zod";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { jsonObject } from "./validation.ts";

const asked = z.object({ rule_spec: jsonObject, prompt: z.string().max(2_000).optional() });

export function draftRoutes(table: CompatTable, { deps: { rules } }: RouteContext): void {
  table.on("POST", "/ai/cep-copilot/validate", { body: asked }, async ({ body: { rule_spec } }) => {
    const { valid, errors, warnings } = await rules.validate(rule_spec);
    const messages = (faults: typeof errors) => faults.map(({ message }) => message);
    const action = rule_spec.action_spec ?? null;
    const idle = action === null || Object.keys(action).length === 0 ? ["no actions: the alert is all"] : [];
    const data = {
      valid,
      errors: messages(errors),
      warnings: [...messages(warnings), ...idle],
      suggestions: [],
    };
    return { data };
  });
}
