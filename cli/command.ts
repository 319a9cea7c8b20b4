/**
 * What a command of `tocsin` is, and how commands fail. A command reads its arguments, does its work through what it
 * is given, and answers an exit code; what cannot be done is thrown as a {@linkcode CommandError} with its code.
 */
import type { ApiClient } from "./api_client.ts";

/** Exit codes (docs/cli.md). */
export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;

export type OptionKinds = Readonly<Record<string, "boolean" | "string" | "list">>;

export interface Command {
  /** As it is called: one word or two. */
  name: string;
  /** One line. */
  summary: string;
  /** What stands after the name. */
  usage: string;
  /** Options besides those of all commands. */
  options?: OptionKinds;
  /** A line for each of its options, and what else helps. */
  help?: string;
  run(call: CommandCall): Promise<number>;
}

export interface CommandCall {
  /** What is no option. */
  operands: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  /** Whether answers are to be JSON. */
  json: boolean;
  api: ApiClient;
  /** Writes to standard output. */
  print(text: string): void;
}

/** What ends a command, told on standard error. */
export class CommandError extends Error {
  readonly exit: number;

  constructor(message: string, exit: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exit = exit;
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(message, EXIT.usage);
}
