/** What refuses a change of a secret. */
import { badRequest, type Fault, Problem } from "../src/base/problem.ts";
import { SECRETS_MAX } from "../src/model/secret.ts";

/** Users that a refusal to delete lists. */
const USERS_TOLD_MAX = 50;

export function noValue(name: string): Problem {
  const detail = `Cannot create secret "${name}" without its value`;
  return badRequest("secret_missing", detail, "/value");
}

export function lostValue(name: string): Problem {
  const detail = `Cannot keep the value of secret "${name}": it cannot be opened, send it again`;
  return badRequest("secret_missing", detail, "/value");
}

export function otherHosts(name: string): Problem {
  const detail = `Cannot keep the value of secret "${name}" for other hosts than before: send it again`;
  return badRequest("secret_required", detail, "/value");
}

export function outdatedSecret(name: string, version: number): Problem {
  const current = version === 0 ? "there is no such secret" : `current version is ${version}`;
  return new Problem({
    status: 412,
    code: "version_outdated",
    detail: `Cannot save secret "${name}" over another version than its current one: ${current}`,
  });
}

export function secretInUse(name: string, users: readonly string[]): Problem {
  const errors = users.slice(0, USERS_TOLD_MAX).map((user): Fault => {
    return { pointer: "", code: "names_secret", message: `${user} names it` };
  });
  return new Problem({
    status: 409,
    code: "secret_in_use",
    detail: `Cannot delete secret "${name}": ${users.length} documents name it. Change them first, ` +
      "or delete it with ?force=true: then their requests fail",
    errors,
  });
}

export function tooManySecrets(): Problem {
  return new Problem({
    status: 409,
    code: "too_many_secrets",
    detail: `Cannot keep more than ${SECRETS_MAX} secrets`,
  });
}
