/**
 * Bad input and other refusals, as RFC 9457 problem details. Throwing a {@linkcode Problem} anywhere below
 * a route ends the request with its status and body. `detail` and every message are shown to callers:
 * they follow "Cannot <action> <value> as <wish>: current value is <x>" and hold no secret.
 */

/** One thing that is wrong. `pointer` is a JSON pointer (RFC 6901) into the request body, "" for all of it. */
export interface Fault {
  pointer: string;
  code: string;
  message: string;
}

export interface ProblemInit {
  status: number;
  code: string;
  detail: string;
  errors?: readonly Fault[];
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(init: ProblemInit) {
    super(init.detail, init.cause === undefined ? undefined : { cause: init.cause });
    this.status = init.status;
    this.code = init.code;
    this.errors = init.errors ?? [];
    this.headers = init.headers ?? {};
  }
}

/** 400 with one fault. */
export function badRequest(code: string, detail: string, pointer = ""): Problem {
  return new Problem({ status: 400, code, detail, errors: [{ pointer, code, message: detail }] });
}

/** 400 with several faults; `detail` is the message of the first. */
export function invalid(errors: readonly Fault[]): Problem {
  const first = errors[0];
  return new Problem({
    status: 400,
    code: first?.code ?? "invalid",
    detail: first?.message ?? "invalid input",
    errors,
  });
}

/** 404 for one thing of a kind: `notFound("rule", id)`. */
export function notFound(kind: string, id: string): Problem {
  return new Problem({ status: 404, code: `${kind}_not_found`, detail: `Cannot find ${kind} "${id}"` });
}

/** A JSON pointer from path members, escaped as RFC 6901 says. */
export function pointer(...path: readonly PropertyKey[]): string {
  return path.map((part) => "/" + String(part).replaceAll("~", "~0").replaceAll("/", "~1")).join("");
}

/** The members that a JSON pointer names. */
export function pathOf(pointer: string): string[] {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
