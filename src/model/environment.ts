/** The environment as plain values: NAME_FILE read, names checked, empty values dropped. */
import { nearestName } from "./nearest_name.ts";

const OURS = "TOCSIN_";
const FILE = "_FILE";

export interface Environment {
  values: Record<string, string>;
  faults: string[];
}

/** The values of `names` in `env`. Names that do not start with TOCSIN_ and are not known are others' own. */
export function readEnvironment(
  env: Readonly<Record<string, string>>,
  names: readonly string[],
  readFile: (path: string) => string,
): Environment {
  const read: Environment = { values: {}, faults: unknownNames(env, names) };
  for (const name of names) {
    const value = env[name] ?? "";
    const path = env[name + FILE] ?? "";
    if (value !== "" && path !== "") {
      read.faults.push(`Cannot use both ${name} and ${name + FILE}: set one of them`);
    } else if (path !== "") readValueFile(name, path, readFile, read);
    else if (value.trim() !== "") read.values[name] = value;
  }
  return read;
}

function unknownNames(env: Readonly<Record<string, string>>, names: readonly string[]): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(OURS) && !names.includes(withoutFile(name)))
    .map((name) => `Unknown setting ${name}: did you mean ${nearestName(withoutFile(name), names)}?`);
}

function withoutFile(name: string): string {
  return name.endsWith(FILE) ? name.slice(0, -FILE.length) : name;
}

function readValueFile(
  name: string,
  path: string,
  readFile: (path: string) => string,
  read: Environment,
): void {
  try {
    const text = readFile(path).trim();
    if (text !== "") read.values[name] = text;
    else read.faults.push(`Cannot use ${name + FILE}: ${path} is empty`);
  } catch (error) {
    // Whatever kept the file from being read is for the operator to mend.
    read.faults.push(`Cannot read ${name + FILE}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
