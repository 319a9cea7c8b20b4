/**
 * Conditions of a rule (SEMANTICS 5): a test `{field, op, value, case_sensitive}`, or a group
 * `{conditions, logic}`; groups nest. The schema reads each into its normal form: the operator by its one
 * name, the value as what the operator takes. What cannot work at run time is refused here.
 */
import * as z from "zod";
import { closedObject } from "./closed_object.ts";
import { fieldName } from "./field_name.ts";
import { oneOfNames } from "./one_of_names.ts";
import { readOperand, type TestValue } from "./operand.ts";
import { type Logic, logicSchema, operatorSchema, type TestOperator } from "./operator.ts";
import { readAs, type Report } from "./read_as.ts";

export interface TestNode {
  kind: "test";
  field: string;
  op: TestOperator;
  value: TestValue;
  case_sensitive: boolean;
}

export interface GroupNode {
  kind: "group";
  /** NOT: none of the conditions holds. A group without conditions holds, whatever its logic. */
  logic: Logic;
  conditions: readonly ConditionNode[];
}

export type ConditionNode = TestNode | GroupNode;

/** The members that say a condition, as their schemas left them. */
export interface ConditionMembers {
  field?: string | null | undefined;
  op?: TestOperator | null | undefined;
  operator?: TestOperator | null | undefined;
  value?: unknown;
  case_sensitive?: boolean | null | undefined;
  conditions?: readonly ConditionNode[] | null | undefined;
  logic?: Logic | null | undefined;
}

/** The members of a condition; trigger_spec has them too. */
export const conditionMembers = {
  field: fieldName.nullish(),
  op: operatorSchema,
  operator: operatorSchema,
  value: z.unknown().optional(),
  case_sensitive: z.boolean().nullish(),
  conditions: z.lazy((): z.ZodType<ConditionNode[]> => z.array(conditionSchema))
    .nullish(),
  logic: logicSchema,
};

/** One condition. `id` is a page's own and means nothing. */
export const conditionSchema: z.ZodType<ConditionNode> = readAs(
  closedObject({ id: z.unknown().optional(), ...conditionMembers }),
  readNode,
);

function readNode(members: ConditionMembers, report: Report): ConditionNode {
  const node = readCondition(members, report);
  if (node !== null) return node;
  report(["field"], "required", "field is required");
  return { kind: "group", logic: "AND", conditions: [] };
}

/** The condition that members say; null when they say none. `conditions` beats field/op/value. */
export function readCondition(members: ConditionMembers, report: Report): ConditionNode | null {
  if (members.conditions) {
    return { kind: "group", logic: members.logic ?? "AND", conditions: members.conditions };
  }
  if (members.field === undefined || members.field === null) return null;
  const op = oneOfNames<"op" | "operator", TestOperator>(members, ["op", "operator"], report) ?? "==";
  return {
    kind: "test",
    field: members.field,
    op,
    value: readOperand(op, members.value, report),
    case_sensitive: members.case_sensitive ?? true,
  };
}
