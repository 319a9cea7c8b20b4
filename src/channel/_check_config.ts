/**
 * A channel's config at the edge: aliases to their fields, null as absent, masks to the secrets that are
 * stored, then the schema. Masks keep nothing for a channel that now calls another origin: whoever may edit a
 * channel could have its secrets sent to himself. Unknown members are refused with the nearest known name. Messages never quote a
 * value: it may be a secret.
 */
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { type Fault, invalid, pointer } from "../base/problem.ts";
import { isRaw, wishFor } from "../model/faults.ts";
import type { Target } from "./channel.ts";
import { keptSecrets, mergeSecrets, type SecretShape } from "./secrets.ts";

interface ConfigSpec<Config> {
  type: string;
  schema: z.ZodType<Config>;
  aliases: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, SecretShape>>;
  targets(config: Config): readonly Target[];
}

/** `stored` is the config that is replaced, if any. @throws Problem 400 */
export function checkConfig<Config>(
  spec: ConfigSpec<Config>,
  config: JsonObject,
  stored?: JsonObject,
): Config {
  const incoming = withoutAliases(config, spec.aliases);
  const parsed = spec.schema.safeParse(mergeSecrets(spec, incoming, stored), { reportInput: true });
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap((issue) => faultsOf(issue, spec)));
  const kept = keptSecrets(spec, incoming);
  if (kept.length > 0 && callsElsewhere(spec, parsed.data, stored)) throw invalid(kept);
  return parsed.data;
}

function callsElsewhere<Config>(spec: ConfigSpec<Config>, config: Config, stored?: JsonObject): boolean {
  const before = spec.schema.safeParse(stored);
  const known = before.success ? originsOf(spec, before.data) : [];
  return originsOf(spec, config).some((origin) => !known.includes(origin));
}

function originsOf<Config>(spec: ConfigSpec<Config>, config: Config): string[] {
  return spec.targets(config).map(({ url }) => {
    // Not "origin", which is "null" for all but a few schemes.
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  });
}

function withoutAliases(config: JsonObject, aliases: Readonly<Record<string, string>>): JsonObject {
  const members = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(config)) {
    if (value === null) continue;
    const field = Object.hasOwn(aliases, name) ? aliases[name]! : name;
    if (!members.has(field) || field === name) members.set(field, value);
  }
  return Object.fromEntries(members);
}

function faultsOf<Config>(issue: z.core.$ZodIssue, spec: ConfigSpec<Config>): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      pointer: pointer("config", ...issue.path, name),
      code: "unknown_member",
      message: `Cannot read config of a ${spec.type} channel: unknown member "${name}"${
        hint(name, spec.schema)
      }`,
    }));
  }
  const at = pointer("config", ...issue.path);
  return [{
    pointer: at,
    code: "invalid_config",
    message: `Cannot read ${at} of a ${spec.type} channel: ${reasonOf(issue)}`,
  }];
}

function hint(name: string, schema: z.ZodType): string {
  if (!(schema instanceof z.ZodObject)) return "";
  const nearest = closest(name, Object.keys(schema.shape));
  return distance(name, nearest) <= Math.max(2, name.length / 2) ? `, did you mean "${nearest}"?` : "";
}

/** In our words: those of the schema library say nothing to who reads them. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (!isRaw(issue.message)) return issue.message;
  return issue.input === undefined ? "it is required" : `expected ${wishFor(issue)}`;
}
