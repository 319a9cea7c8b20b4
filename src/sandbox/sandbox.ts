/**
 * The one place that runs foreign code: a few child processes, each with one job at a time, behind a bounded
 * queue. A job that overruns its deadline or memory costs its own program only: the child that cannot be
 * stopped from within is killed and replaced, a program that overran may hold one child at most, and one that
 * goes on overrunning is refused for a while.
 */
import type { Clock } from "../base/clock.ts";
import type { JsonValue } from "../base/json.ts";
import type { Counter, Histogram, Metrics } from "../base/metrics.ts";
import { Child, type ChildOptions } from "./child_process.ts";
import type { FailureKind, ProgramKind, Reply } from "./protocol.ts";

export const CHILDREN_DEFAULT = 2;
export const QUEUE_MAX = 1000;
/** So many overruns within the time block a program for as long again. */
export const OVERRUNS_MAX = 3;
export const OVERRUNS_MS = 60_000;
const LOAD_MS_MAX = 1000;
/** What a run may wait for a child, beyond its own time. */
const QUEUE_MS = 5_000;

/** Foreign code: what is loaded is told by `id`, which changes with the code. */
export interface Program {
  id: string;
  kind: ProgramKind;
  /** What it is loaded with; null: loading is all. */
  input: JsonValue;
  /** Who answers for overruns: programs of our own work for many. Default: the program itself. */
  blame?: string;
}

export interface SandboxFailure {
  ok: false;
  /** `overloaded`: the queue is full; `blocked`: the program overran too often; `ended`: the child died; `late`:
   * it waited for something else for too long. */
  kind: FailureKind | "overloaded" | "blocked" | "ended" | "stopped" | "late";
  message: string;
}

export type SandboxReply = { ok: true; value: JsonValue } | SandboxFailure;

export interface SandboxOptions extends ChildOptions {
  metrics: Metrics;
  children?: number;
  /** Those that share children; "templates" unless said. */
  pool?: "templates" | "scripts";
}

interface Job {
  program: Program;
  /** What the child that is free for it does with it. */
  run(child: Child): Promise<SandboxReply>;
  done(reply: SandboxReply): void;
}

/** A run of a program that may ask for things on its way. */
export interface Conversation {
  /** The export that begins it, and what it is given. */
  name: string;
  input: JsonValue;
  /** Of all of it, waiting for answers included. */
  deadlineMs: number;
  /**
   * Looks at what a call came to. What it answers is what `resume` is called with; `ended` is the reply. It must
   * not reject.
   */
  next(value: JsonValue, leftMs: number): Promise<{ ended: SandboxReply } | { resume: JsonValue }>;
}

interface Overruns {
  count: number;
  since: number;
}

export class Sandbox implements AsyncDisposable {
  #options: SandboxOptions;
  #children: Child[] = [];
  #busy = new Map<Child, Job>();
  #queue: Job[] = [];
  #overruns = new Map<string, Overruns>();
  #ending = new Set<Promise<void>>();
  #stopped = false;
  #meters: Meters;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#meters = metersOf(options.metrics);
    const { metrics, pool = "templates" } = options;
    const help = `Jobs that wait for a child of the sandbox of ${pool}.`;
    metrics.observed(`tocsin_sandbox_${pool}_queue`, help, () => [[{}, this.#queue.length]]);
  }

  /** Calls a function of `program`, which is loaded where it is not. */
  call(
    program: Program,
    name: string,
    { input, deadlineMs }: { input: JsonValue; deadlineMs: number },
  ): Promise<SandboxReply> {
    return this.#enqueue(program, (child) => attempt(child, program, { name, input, deadlineMs }));
  }

  /**
   * Runs a program in a context of its own, which ends with the run. The child is busy with it meanwhile; one whose
   * program met a bound is replaced, so that what it took is given back.
   */
  converse(program: Program, conversation: Conversation): Promise<SandboxReply> {
    const { clock } = this.#options;
    const from = clock.monotonic();
    return this.#enqueue(program, (child) => {
      if (clock.monotonic() - from <= conversation.deadlineMs + QUEUE_MS) {
        return converse(child, program, { ...conversation, clock });
      }
      return Promise.resolve(failure("overloaded", "it waited too long for a free process"));
    });
  }

  async #enqueue(program: Program, run: Job["run"]): Promise<SandboxReply> {
    const refusal = this.#refusal(program);
    const from = this.#options.clock.monotonic();
    const reply = refusal ?? await new Promise<SandboxReply>((done) => {
      this.#queue.push({ program, run, done });
      this.#next();
    });
    const outcome = reply.ok ? "ok" : reply.kind;
    this.#meters.jobs.add(1, { kind: program.kind, outcome });
    if (refusal === null) {
      this.#meters.seconds.observe((this.#options.clock.monotonic() - from) / 1000, { kind: program.kind });
    }
    return reply;
  }

  #refusal(program: Program): SandboxFailure | null {
    if (this.#stopped) return failure("stopped", "the server is stopping");
    if (this.#queue.length >= QUEUE_MAX) return failure("overloaded", `more than ${QUEUE_MAX} jobs wait`);
    const overruns = this.#recent(blamed(program));
    if (overruns === null || overruns.count < OVERRUNS_MAX) return null;
    return failure("blocked", `it overran its bounds ${overruns.count} times within ${OVERRUNS_MS / 1000} s`);
  }

  #recent(id: string): Overruns | null {
    const overruns = this.#overruns.get(id);
    if (overruns === undefined) return null;
    if (this.#options.clock.monotonic() - overruns.since <= OVERRUNS_MS) return overruns;
    this.#overruns.delete(id);
    return null;
  }

  /** Gives waiting jobs to free children. */
  #next(): void {
    for (let index = 0; index < this.#queue.length;) {
      const job = this.#queue[index]!;
      const child = this.#mayRun(job) ? this.#freeChild(job.program.id) : null;
      if (child === null && this.#busy.size >= this.#most()) return;
      if (child === null) {
        index++;
        continue;
      }
      this.#queue.splice(index, 1);
      this.#busy.set(child, job);
      void this.#run(child, job);
    }
  }

  #most(): number {
    return this.#options.children ?? CHILDREN_DEFAULT;
  }

  #mayRun({ program }: Job): boolean {
    const who = blamed(program);
    if (this.#recent(who) === null) return true;
    return ![...this.#busy.values()].some((running) => blamed(running.program) === who);
  }

  /** A child that has the program, else any, else a new one. */
  #freeChild(id: string): Child | null {
    const free = this.#children.filter((child) => !this.#busy.has(child));
    const found = free.find((child) => child.programs.has(id)) ?? free[0];
    if (found !== undefined || this.#children.length >= this.#most()) return found ?? null;
    const child = new Child(this.#options);
    this.#children.push(child);
    this.#meters.starts.add(1);
    return child;
  }

  async #run(child: Child, job: Job): Promise<void> {
    const reply = await job.run(child);
    this.#busy.delete(child);
    if (child.ended) this.#replace(child);
    if (!reply.ok && (reply.kind === "timeout" || reply.kind === "memory")) {
      this.#overran(blamed(job.program));
    }
    job.done(reply);
    this.#next();
  }

  #replace(child: Child): void {
    this.#children = this.#children.filter((one) => one !== child);
    const ending = child[Symbol.asyncDispose]().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #overran(id: string): void {
    const known = this.#recent(id) ?? { count: 0, since: this.#options.clock.monotonic() };
    known.count++;
    this.#overruns.set(id, known);
  }

  /** Waiting jobs end as "stopped"; children are killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    for (const job of this.#queue.splice(0)) job.done(failure("stopped", "the server is stopping"));
    const children = this.#children.splice(0);
    await Promise.all([...children.map((child) => child[Symbol.asyncDispose]()), ...this.#ending]);
  }
}

function blamed({ id, blame }: Program): string {
  return blame ?? id;
}

async function attempt(
  child: Child,
  { id, kind, input }: Program,
  call: { name: string; input: JsonValue; deadlineMs: number },
): Promise<SandboxReply> {
  if (!child.programs.has(id)) {
    const loaded = await child.ask({ op: "load", program: id, kind, input, deadline_ms: LOAD_MS_MAX });
    if (loaded?.ok !== true) return asReply(loaded, child);
  }
  const { name, input: given, deadlineMs } = call;
  const request = { op: "call" as const, program: id, name, input: given, deadline_ms: deadlineMs };
  const reply = await child.ask(request);
  if (reply === null || reply.ok || reply.kind !== "missing") return asReply(reply, child);
  // The child had made room for others.
  const again = await child.ask({ op: "load", program: id, kind, input, deadline_ms: LOAD_MS_MAX });
  return again?.ok === true ? asReply(await child.ask(request), child) : asReply(again, child);
}

async function converse(
  child: Child,
  { id, kind, input }: Program,
  { name, input: given, deadlineMs, next, clock }: Conversation & { clock: Clock },
): Promise<SandboxReply> {
  const until = clock.monotonic() + deadlineMs;
  const left = () => Math.max(1, until - clock.monotonic());
  try {
    const loaded = await child.ask({ op: "load", program: id, kind, input, deadline_ms: LOAD_MS_MAX });
    if (loaded?.ok !== true) return spent(child, asReply(loaded, child));
    for (let call = { name, input: given };;) {
      const reply = asReply(
        await child.ask({ op: "call", program: id, ...call, deadline_ms: left() }),
        child,
      );
      if (!reply.ok) return spent(child, reply);
      const step = await next(reply.value, left());
      if ("ended" in step) return spent(child, step.ended);
      if (clock.monotonic() >= until) return failure("late", "it waited for longer than it may run");
      call = { name: "resume", input: step.resume };
    }
  } finally {
    if (!child.ended) await child.ask({ op: "unload", program: id, deadline_ms: LOAD_MS_MAX });
  }
}

/** A context that met a bound leaves memory behind that only the end of the process gives back. */
function spent(child: Child, reply: SandboxReply): SandboxReply {
  if (!reply.ok && (reply.kind === "timeout" || reply.kind === "memory")) child.kill();
  return reply;
}

/** A child that gave no reply was killed at its deadline, or ran out of memory, or could not start. */
function asReply(reply: Reply | null, child: Child): SandboxReply {
  if (reply !== null) return reply;
  return child.hasAnswered
    ? failure("timeout", "it did not end in time, and its process was killed")
    : failure("ended", "a child process could not start: see the log");
}

function failure(kind: SandboxFailure["kind"], message: string): SandboxFailure {
  return { ok: false, kind, message };
}

interface Meters {
  jobs: Counter;
  starts: Counter;
  seconds: Histogram;
}

function metersOf(metrics: Metrics): Meters {
  return {
    jobs: metrics.counter("tocsin_sandbox_jobs_total", "Jobs of the sandbox by their outcome."),
    starts: metrics.counter("tocsin_sandbox_starts_total", "Child processes that the sandbox started."),
    seconds: metrics.histogram(
      "tocsin_sandbox_seconds",
      "Duration of a job of the sandbox, waiting included.",
    ),
  };
}
