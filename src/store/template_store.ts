/** Templates by name, with the versions they had. Durable. */
import type { Template } from "../model/template.ts";
import { VersionConflictError } from "./rule_store.ts";

export interface TemplateStore {
  /** Writes the version after the newest one. @throws VersionConflictError where it is not */
  save(template: Template): Promise<void>;
  /** Deletes all versions; false when there was none. */
  delete(name: string): Promise<boolean>;
  /** The newest versions, by name. There are few: no paging in the store. */
  list(): Promise<Template[]>;
  /** All versions that are kept, oldest first. */
  versions(name: string): Promise<Template[]>;
}

/** @throws VersionConflictError */
export function requireNextVersion({ name, version }: Template, newest: number): void {
  if (version === newest + 1) return;
  throw new VersionConflictError(
    `Cannot save template "${name}" as version ${version}: its newest version is ${newest}`,
  );
}
