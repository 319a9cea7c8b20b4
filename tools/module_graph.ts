/**
 * The import graph of a tree as `deno info --json` sees it: static and dynamic imports, imports of types
 * told apart from imports of code. `new Worker(...)` modules are not in it: give each as a root of its own.
 */

/** One import. `from` and `to` are paths relative to the root; `to` may also be `npm:zod` or `node:fs`. */
export interface Import {
  from: string;
  to: string;
  kind: "code" | "type";
}

export interface ModuleGraph {
  /** Every file of the tree that the graph reaches. */
  files: ReadonlySet<string>;
  imports: readonly Import[];
  /** Modules that cannot be found or parsed, and imports that cannot be resolved. */
  errors: readonly string[];
}

interface InfoDependency {
  specifier: string;
  code?: { specifier?: string; error?: string };
  type?: { specifier?: string; error?: string };
}

interface Info {
  modules: { specifier: string; error?: string; dependencies?: InfoDependency[] }[];
}

/**
 * Reads the graph under `entry`, a path relative to `root`.
 *
 * @throws Error if Deno cannot read it at all
 */
export async function moduleGraph(root: string, entry: string): Promise<ModuleGraph> {
  const args = ["info", "--json", entry];
  const output = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  if (!output.success) throw new Error(`Cannot read ${entry}: ${new TextDecoder().decode(output.stderr)}`);
  const info: Info = JSON.parse(new TextDecoder().decode(output.stdout));
  const base = new URL(`file://${Deno.realPathSync(root)}/`).href;
  const files = new Set<string>();
  const imports: Import[] = [];
  const errors: string[] = [];
  for (const module of info.modules) {
    if (!module.specifier.startsWith(base)) continue;
    const from = localName(base, module.specifier);
    if (module.error) errors.push(`${from}: ${module.error}`);
    files.add(from);
    for (const dependency of module.dependencies ?? []) {
      imports.push(...importsOf(base, from, dependency));
      const error = dependency.code?.error ?? dependency.type?.error;
      if (error) errors.push(`${from}: cannot resolve ${dependency.specifier}: ${error}`);
    }
  }
  return { files, imports, errors };
}

function importsOf(base: string, from: string, dependency: InfoDependency): Import[] {
  const { code, type } = dependency;
  const found: Import[] = [];
  if (code?.specifier) found.push({ from, to: localName(base, code.specifier), kind: "code" });
  if (type?.specifier) found.push({ from, to: localName(base, type.specifier), kind: "type" });
  return found;
}

/** `src/a.ts` for a file of the tree, `npm:zod` for a package whatever its version, else the address. */
function localName(base: string, specifier: string): string {
  if (specifier.startsWith(base)) return decodeURIComponent(specifier.slice(base.length));
  const npm = /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier);
  return npm ? `npm:${npm[1]}` : specifier;
}
