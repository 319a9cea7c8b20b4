/**
 * Rules in files: JSON or YAML, several documents or a list in a file, folders with all that is in them. A rule may
 * carry its own `tests`, which the server is not sent.
 */
import { parseAllDocuments } from "yaml";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { usageError } from "./command.ts";

const ENDINGS = [".json", ".yaml", ".yml"];

export interface FiledRule {
  file: string;
  /** "" where the rule has none. */
  rule_id: string;
  doc: JsonObject;
  tests: JsonValue[];
}

/** The rules of files and folders, in order. @throws CommandError for what cannot be read */
export function readRuleFiles(paths: readonly string[]): FiledRule[] {
  if (paths.length === 0) throw usageError("expected files or folders with rules");
  const files = paths.flatMap((path) => filesAt(path));
  if (files.length === 0) throw usageError(`found no ${ENDINGS.join(", ")} in ${paths.join(", ")}`);
  return files.flatMap((file) => documentsOf(file).map((document, i) => filedRule(file, document, i)));
}

/** As {@linkcode readRuleFiles}, for what needs to know which rule of the server is meant. */
export function readNamedRules(paths: readonly string[]): FiledRule[] {
  const rules = readRuleFiles(paths);
  const seen = new Map<string, string>();
  for (const { file, rule_id, doc } of rules) {
    if (rule_id === "") {
      throw usageError(
        `${file}: the rule ${JSON.stringify(doc.rule_name ?? "")} needs a rule_id, its name over time`,
      );
    }
    const other = seen.get(rule_id);
    if (other !== undefined) throw usageError(`${file}: the rule_id "${rule_id}" is in ${other} already`);
    seen.set(rule_id, file);
  }
  return rules;
}

function filesAt(path: string): string[] {
  try {
    if (!Deno.statSync(path).isDirectory) return [path];
    const entries = [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
    return entries.flatMap(({ name, isDirectory }) => {
      if (isDirectory) return filesAt(`${path}/${name}`);
      return ENDINGS.some((ending) => name.endsWith(ending)) ? [`${path}/${name}`] : [];
    });
  } catch (error) {
    throw usageError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function documentsOf(file: string): unknown[] {
  let text: string;
  try {
    // Editors of some systems write a byte order mark.
    text = Deno.readTextFileSync(file).replace(/^\uFEFF/, "");
  } catch (error) {
    throw usageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
  // JSON is YAML as well; told apart for the messages that fit.
  const found = file.endsWith(".json") ? [jsonOf(file, text)] : yamlOf(file, text);
  return found.flatMap((one) => Array.isArray(one) ? one : [one]);
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageError(`cannot read ${file} as JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function yamlOf(file: string, text: string): unknown[] {
  const refused = (why: string) => usageError(`cannot read ${file} as YAML: ${why}`);
  const documents = [...parseAllDocuments(text)];
  const [fault] = documents.flatMap(({ errors }) => errors);
  if (fault !== undefined) throw refused(fault.message);
  try {
    // What YAML knows beyond JSON, such as dates, has become text or a number before it is sent.
    return documents.map((one) => JSON.parse(JSON.stringify(one.toJS()))).filter((one) => one !== null);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error));
  }
}

function filedRule(file: string, document: unknown, index: number): FiledRule {
  if (!isObject(document)) throw usageError(`${file}: document ${index + 1} is no rule: expected an object`);
  const { tests = [], ...doc } = document as JsonObject;
  if (!Array.isArray(tests)) throw usageError(`${file}: document ${index + 1}: tests is no list`);
  return { file, rule_id: typeof doc.rule_id === "string" ? doc.rule_id : "", doc, tests };
}
