/**
 * An API definition: a script, a request or a query that is kept here, run by rules, by hand, and under
 * `/runtime/<endpoint>` (compat/actions.json, api_definition). Each save makes a version.
 */
import * as z from "zod";
import { isObject, type JsonObject } from "../base/json.ts";
import { invalid } from "../base/problem.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";
import { shortText } from "./field_name.ts";

export const APIS_MAX = 1_000;
export const LOGIC_CHARACTERS_MAX = 262_144;
export const SCRIPT_TIMEOUT_MS = 5_000;
const TIMEOUT_MS_MAX = 60_000;
export const RESPONSE_BYTES = 1_048_576;
const RESPONSE_BYTES_MAX = 2_097_152;
const HOSTS_MAX = 100;
const TAGS_MAX = 50;
const NAME_CHARACTERS_MAX = 200;
export const API_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const ENDPOINT = /^\/[A-Za-z0-9/_.~-]{1,255}$/;

export type ApiType = "script" | "http" | "sql";
export const API_TYPES: readonly ApiType[] = ["script", "http", "sql"];

export interface RuntimePolicy {
  /** Whether a script may be run at all. */
  allow_runtime: boolean;
  /** Of one run, waiting included. */
  timeout_ms: number;
  /** Of its output, and of each answer that a script gets. */
  max_response_bytes: number;
  allow_network: boolean;
  /** Host names that a script may ask; none: every one that the server may. */
  allowed_hosts: readonly string[];
}

export interface ApiDefinition {
  api_id: string;
  api_name: string;
  description: string;
  tags: readonly string[];
  type: ApiType;
  /** A script; a request as JSON; a query. */
  logic: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Where it is asked under /runtime; null: nowhere. */
  endpoint: string | null;
  runtime_policy: RuntimePolicy;
  is_active: boolean;
  /** Members that begin with "x-" are the user's own. */
  [own: `x-${string}`]: unknown;
}

/** As it is stored: by its name, which is the id, and version. */
export interface ApiVersion extends ApiDefinition {
  name: string;
  version: number;
  created_at: string;
  updated_at: string;
}

/** In any case, with the port left out. */
const host = z.string().trim().min(1).max(253).transform((name) => name.toLowerCase());
const policyMembers = {
  timeout_ms: z.number().int().min(0).max(TIMEOUT_MS_MAX).nullish(),
  max_response_bytes: z.number().int().min(1).max(RESPONSE_BYTES_MAX).nullish(),
  allow_network: z.boolean().nullish(),
  allowed_hosts: z.array(host).max(HOSTS_MAX).nullish(),
  blocked_private_ranges: z.literal(true, { error: "private addresses are opened by TOCSIN_EGRESS_ALLOW" })
    .nullish(),
};

/** Settings of scripts stand at the top or, as the reference system has them, under `script`. */
const policySchema = closedObject({
  ...policyMembers,
  allow_runtime: z.boolean().nullish(),
  max_rows: z.unknown().optional(),
  script: closedObject(policyMembers).nullish(),
}).transform(({ script, ...top }): RuntimePolicy => {
  const given = { ...top, ...script };
  return {
    allow_runtime: top.allow_runtime ?? false,
    timeout_ms: given.timeout_ms || SCRIPT_TIMEOUT_MS,
    max_response_bytes: given.max_response_bytes ?? RESPONSE_BYTES,
    allow_network: given.allow_network ?? false,
    allowed_hosts: given.allowed_hosts ?? [],
  };
});

const ignored = z.unknown().optional();
/** As it is written. */
export const apiDefinitionSchema = closedObject({
  api_id: z.string().regex(API_ID, "letters, digits and _ . : -").nullish(),
  api_name: shortText(NAME_CHARACTERS_MAX),
  description: z.string().max(LOGIC_CHARACTERS_MAX).nullish(),
  tags: z.array(shortText(NAME_CHARACTERS_MAX)).max(TAGS_MAX).nullish(),
  type: z.enum(["script", "http", "sql"]),
  logic: z.string().min(1, "API has no logic defined").max(LOGIC_CHARACTERS_MAX),
  method: z.string().transform((text) => text.trim().toUpperCase())
    .pipe(z.enum(["GET", "POST", "PUT", "DELETE"])).nullish(),
  endpoint: z.string().transform((path) => path.replace(/^\/runtime(?=\/)/, ""))
    .pipe(z.string().regex(ENDPOINT, "a path like /hosts")).nullish(),
  runtime_policy: policySchema.nullish(),
  is_active: z.boolean().nullish(),
  // Members of an answer that a client may send back.
  ...{ version: ignored, created_at: ignored, updated_at: ignored },
});

export type ApiDraft = Omit<ApiDefinition, "api_id"> & { api_id: string | null };

/** @throws Problem 400 with every fault but those of the logic itself */
export function readApiDefinition(document: unknown): ApiDraft {
  const read = apiDefinitionSchema.safeParse(document, { reportInput: true });
  if (!read.success) throw invalid(faultsOf(read.error));
  const { api_id, description, tags, method, endpoint, runtime_policy, is_active, ...given } = read.data;
  const own = Object.entries(given).filter(([name]) => name.startsWith("x-"));
  return {
    ...{ api_id: api_id ?? null, api_name: given.api_name, description: description ?? "", tags: tags ?? [] },
    ...{ type: given.type, logic: given.logic, method: method ?? "GET", endpoint: endpoint ?? null },
    runtime_policy: runtime_policy ?? policySchema.parse({}),
    is_active: is_active ?? true,
    ...Object.fromEntries(own),
  };
}

/** The policy of a run of something that is not saved. @throws Problem 400 */
export function readRuntimePolicy(given: unknown): RuntimePolicy {
  const read = policySchema.safeParse(isObject(given) ? given : {}, { reportInput: true });
  if (!read.success) {
    throw invalid(
      faultsOf(read.error).map((fault) => ({ ...fault, pointer: `/runtime_policy${fault.pointer}` })),
    );
  }
  return read.data;
}

/** The definition without what the store knows of it. */
export function writtenDefinition(
  { name: _, version: __, created_at: ___, updated_at: ____, ...rest }: ApiVersion,
): JsonObject {
  return rest as unknown as JsonObject;
}
