/** The ways in which a save of a rule is refused. */
import { badRequest, Problem } from "../src/base/problem.ts";

export function taken(ruleId: string): Problem {
  const detail = `Cannot create rule "${ruleId}": there is one already`;
  return new Problem({
    status: 409,
    code: "rule_exists",
    detail,
    errors: [{ pointer: "/rule_id", code: "rule_exists", message: detail }],
  });
}

export function renamed(ruleId: string, given: string): Problem {
  return badRequest(
    "rule_id_fixed",
    `Cannot change the rule_id of "${ruleId}" to "${given}": it stays as it is`,
    "/rule_id",
  );
}

export function outdated(ruleId: string, version: number): Problem {
  return new Problem({
    status: 412,
    code: "version_outdated",
    detail:
      `Cannot save rule "${ruleId}" over the version that If-Match names: current version is ${version}`,
  });
}

export function conflict(ruleId: string, cause: unknown): Problem {
  const detail = `Cannot save rule "${ruleId}": somebody else saved it at the same time`;
  return new Problem({ status: 409, code: "version_conflict", detail, cause });
}

export function beyondLog(offset: number, next: number): Problem {
  return badRequest(
    "start_beyond_log",
    `Cannot start at offset ${offset}: the next event gets offset ${next}`,
    "",
  );
}
