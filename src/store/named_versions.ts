/** Documents by name, with the versions they had: templates of notifications and of actions. Durable. */
import type { ActionTemplate } from "../model/action_template.ts";
import type { ApiVersion } from "../model/api_definition.ts";
import type { Template } from "../model/template.ts";
import { VersionConflictError } from "./rule_store.ts";

/** What every such document says of itself. */
export interface NamedVersion {
  name: string;
  /** From 1. */
  version: number;
  /** RFC 3339; null of what came with the product. */
  updated_at: string | null;
}

export interface NamedVersions<T extends NamedVersion> {
  /** Writes the version after the newest one. @throws VersionConflictError where it is not */
  save(document: T): Promise<void>;
  /** Deletes all versions; false when there was none. */
  delete(name: string): Promise<boolean>;
  /** The newest versions, by name. There are few: no paging in the store. */
  list(): Promise<T[]>;
  /** All versions that are kept, oldest first. */
  versions(name: string): Promise<T[]>;
}

export type TemplateStore = NamedVersions<Template>;
export type ApiStore = NamedVersions<ApiVersion>;
export type ActionTemplateStore = NamedVersions<ActionTemplate>;

/** Versions that are kept of a name, the newest ones. */
export const NAMED_VERSIONS_MAX = 100;

/** @throws VersionConflictError */
export function requireNextVersion({ name, version }: NamedVersion, newest: number): void {
  if (version === newest + 1) return;
  throw new VersionConflictError(
    `Cannot save "${name}" as version ${version}: its newest version is ${newest}`,
  );
}
