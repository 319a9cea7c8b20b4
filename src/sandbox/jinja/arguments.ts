/** Arguments by place and by name, as a function of Python takes them. */
import { type Keywords, typeFault } from "./values.ts";

/** Values in the order of `names`; undefined (of JavaScript) where nothing was given. @throws TemplateFault */
export function bind(
  owner: string,
  names: readonly string[],
  { args, keywords }: { args: readonly unknown[]; keywords: Keywords },
): unknown[] {
  if (args.length > names.length) {
    throw typeFault(`${owner}() takes ${names.length} arguments but ${args.length} were given`);
  }
  const bound = names.map((name, index) => index < args.length ? args[index] : keywords.get(name));
  for (const name of keywords.keys()) {
    const at = names.indexOf(name);
    if (at < 0) throw typeFault(`${owner}() got an unexpected keyword argument '${name}'`);
    if (at < args.length) throw typeFault(`${owner}() got multiple values for argument '${name}'`);
  }
  return bound;
}
