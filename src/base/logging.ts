/**
 * Structured logs: one JSON object a line on stderr. Members whose name says that they hold a secret are
 * redacted at any depth; log records never hold event bodies.
 */
import type { Clock } from "./clock.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const SECRET = /secret|token|password|authorization|signature|integration_key|credential/i;

/** A logger that writes records of `level` and above to `write`, a line each. */
export function createLogger(
  options: { level: LogLevel; clock: Clock; write?: (line: string) => void },
): Logger {
  const write = options.write ?? ((line) => console.error(line));
  const at = (level: LogLevel) => (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    if (RANK[level] < RANK[options.level]) return;
    const time = new Date(options.clock.now()).toISOString();
    write(JSON.stringify({ time, level, message, ...fields }, redact));
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Discards everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function redact(key: string, value: unknown): unknown {
  if (SECRET.test(key) && value !== null && typeof value !== "number") return "[redacted]";
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}
