/** How API definitions are saved: read, their logic checked, unique under a path, one version after the other. */
import type { Clock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import type { JsonObject } from "../src/base/json.ts";
import { badRequest, type Fault, invalid, Problem } from "../src/base/problem.ts";
import {
  API_ID,
  type ApiDraft,
  APIS_MAX,
  type ApiVersion,
  readApiDefinition,
} from "../src/model/api_definition.ts";
import { httpLogicFault } from "../src/model/http_logic.ts";
import { sqlLogicFault } from "../src/model/sql_logic.ts";
import { unknownSecrets } from "../src/model/unknown_secrets.ts";
import type { ScriptEngine } from "../src/sandbox/scripts.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import type { NamedCache } from "./named_cache.ts";
import { Turns } from "./turns.ts";

export interface ApiKeeperParts {
  apis: NamedCache<ApiVersion>;
  engine: Pick<ScriptEngine, "check">;
  secrets: { names(): string[] };
  clock: Clock;
}

export interface ApiSaveOptions {
  /** The version that the caller saw; another one is refused with 412. */
  ifMatch?: number | undefined;
}

export class ApiKeeper {
  readonly #p: ApiKeeperParts;
  readonly #turns = new Turns();

  constructor(parts: ApiKeeperParts) {
    this.#p = parts;
  }

  /** By name, then id. */
  list(): ApiVersion[] {
    return [...this.#p.apis.all()];
  }

  get(apiId: string): ApiVersion | undefined {
    return this.#p.apis.get(apiId);
  }

  /** Oldest first. */
  versions(apiId: string): Promise<ApiVersion[]> {
    return this.#p.apis.versions(apiId);
  }

  /** @throws Problem 400 with every fault, 409, 412, 503 */
  async save(
    apiId: string | null,
    document: unknown,
    { ifMatch }: ApiSaveOptions = {},
  ): Promise<{ api: ApiVersion; created: boolean }> {
    const draft = readApiDefinition(document);
    await this.checkLogic(draft);
    if (apiId !== null && !API_ID.test(apiId)) {
      throw badRequest(
        "invalid_value",
        "Cannot use this api_id: expected letters, digits and _ . : -",
        "/api_id",
      );
    }
    const api_id = apiId ?? draft.api_id ?? randomId();
    if (draft.api_id !== null && draft.api_id !== api_id) {
      throw badRequest("api_id_fixed", `Cannot change the id of API definition "${api_id}"`, "/api_id");
    }
    // One at a time, all of them: a path belongs to one definition.
    return await this.#turns.run("apis", async () => {
      const old = this.#p.apis.get(api_id);
      if (apiId === null && old !== undefined) {
        throw taken(`there is a definition "${api_id}" already`, "/api_id");
      }
      if (ifMatch !== undefined && ifMatch !== old?.version) throw outdated(api_id, old?.version ?? 0);
      if (old === undefined && this.list().length >= APIS_MAX) throw full();
      this.#requireFreePath(api_id, draft);
      return { api: await this.#write(api_id, draft, old), created: old === undefined };
    });
  }

  async #write(api_id: string, draft: ApiDraft, old: ApiVersion | undefined): Promise<ApiVersion> {
    const at = instant(this.#p.clock.now());
    const api: ApiVersion = {
      ...draft,
      ...{ api_id, name: api_id, version: (old?.version ?? 0) + 1 },
      ...{ created_at: old?.created_at ?? at, updated_at: at },
    };
    try {
      await this.#p.apis.save(api);
      return api;
    } catch (error) {
      if (error instanceof VersionConflictError) throw outdated(api_id, old?.version ?? 0);
      throw error;
    }
  }

  /** The version of before, or a given one, as the newest. @throws Problem 404, 412 */
  async rollback(apiId: string, version: number | undefined, options: ApiSaveOptions = {}) {
    const versions = await this.versions(apiId);
    const wanted = version ?? (versions.at(-1)?.version ?? 0) - 1;
    const found = versions.find((one) => one.version === wanted);
    if (found === undefined) {
      const detail = version === undefined ? "No version history found" : `Version ${version} not found`;
      throw new Problem({ status: 404, code: "version_not_found", detail });
    }
    const { name: _, version: __, created_at: ___, updated_at: ____, ...document } = found;
    return { ...await this.save(apiId, document as unknown as JsonObject, options), from: found };
  }

  /** @throws Problem 404, 412 */
  async remove(apiId: string, { ifMatch }: ApiSaveOptions = {}): Promise<void> {
    await this.#turns.run("apis", async () => {
      const old = this.#p.apis.get(apiId);
      if (old === undefined) {
        throw new Problem({
          status: 404,
          code: "api_not_found",
          detail: `API definition not found: ${apiId}`,
        });
      }
      if (ifMatch !== undefined && ifMatch !== old.version) throw outdated(apiId, old.version);
      await this.#p.apis.delete(apiId);
    });
  }

  /** @throws Problem 400, 503 */
  async checkLogic({ type, logic }: Pick<ApiDraft, "type" | "logic">): Promise<void> {
    const faults = await this.#faultsOf(type, logic);
    if (faults.length > 0) throw invalid(faults);
  }

  async #faultsOf(type: ApiDraft["type"], logic: string): Promise<Fault[]> {
    const told = (message: string): Fault[] => [{ pointer: "/logic", code: "invalid_logic", message }];
    if (type === "script") {
      const fault = await this.#p.engine.check(logic);
      return fault === null ? [] : told(fault.message);
    }
    const fault = type === "http" ? httpLogicFault(logic) : sqlLogicFault(logic);
    if (fault !== null) return told(fault);
    return type === "http" ? unknownSecrets(logic, { names: this.#p.secrets.names(), path: ["logic"] }) : [];
  }

  #requireFreePath(apiId: string, { method, endpoint }: ApiDraft): void {
    if (endpoint === null) return;
    const other = this.list().find((one) =>
      one.api_id !== apiId && one.endpoint === endpoint && one.method === method
    );
    if (other !== undefined) {
      throw taken(`${method} /runtime${endpoint} is definition "${other.api_id}"`, "/endpoint");
    }
  }
}

function taken(why: string, pointer: string): Problem {
  const detail = `Cannot save the API definition: ${why}`;
  const errors = [{ pointer, code: "taken", message: detail }];
  return new Problem({ status: 409, code: "taken", detail, errors });
}

function outdated(apiId: string, version: number): Problem {
  const detail = `Cannot save API definition "${apiId}" over another version than its current one: ` +
    `current version is ${version}`;
  return new Problem({ status: 412, code: "version_outdated", detail });
}

function full(): Problem {
  const detail = `Cannot create more than ${APIS_MAX} API definitions`;
  return new Problem({ status: 409, code: "too_many_apis", detail });
}
