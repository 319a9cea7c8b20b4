/** The arguments of a command, read by its options and those that all commands have. */
import { parseArgs } from "node:util";
import { nearestName } from "../src/model/nearest_name.ts";
import { type Command, type CommandCall, type OptionKinds, usageError } from "./command.ts";

export const COMMON_OPTIONS: OptionKinds = {
  json: "boolean",
  url: "string",
  token: "string",
  help: "boolean",
};

export type Arguments = Pick<CommandCall, "operands" | "flag" | "text" | "list" | "json">;

/** The command that `args` begin with, and what comes behind its name. */
export function chooseCommand(
  args: readonly string[],
  commands: readonly Command[],
): { command: Command; rest: readonly string[] } {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: args.slice(words) };
  }
  throw unknownCommand(args, commands);
}

function unknownCommand(args: readonly string[], commands: readonly Command[]) {
  const within = commands.filter(({ name }) => name.startsWith(`${args[0]} `)).map(({ name }) => name);
  const given = args.slice(0, within.length > 0 ? 2 : 1).filter((word) => !word.startsWith("-")).join(" ");
  if (within.length > 0 && given === args[0]) return usageError(`expected one of: ${within.join(", ")}`);
  const nearest = nearestName(given, commands.map(({ name }) => name));
  const hint = nearest === undefined ? "; tocsin --help lists them" : `: did you mean "${nearest}"?`;
  return usageError(`unknown command "${given}"${hint}`);
}

/** @throws CommandError for an option that the command does not have */
export function readArguments({ options = {} }: Command, args: readonly string[]): Arguments {
  const kinds = { ...COMMON_OPTIONS, ...options };
  const wanted = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, {
      type: kind === "boolean" ? "boolean" as const : "string" as const,
      multiple: kind === "list",
      ...(name === "help" && { short: "h" }),
    }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: wanted, allowPositionals: true });
    return {
      operands: positionals,
      flag: (name) => values[name] === true,
      text: (name) => typeof values[name] === "string" ? values[name] : undefined,
      list: (name) => Array.isArray(values[name]) ? values[name].map(String) : [],
      json: values.json === true,
    };
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}
