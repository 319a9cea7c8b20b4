/**
 * What the tests need besides Deno. `deno task test` looks for each, installs it where it can (apt-get, as
 * root or by sudo without a password), and names what is missing; a test that needs it asks
 * {@linkcode isMissing} and is skipped. With CI=true every skipped test is a failure.
 */

export interface Requirement {
  name: string;
  /** A command that succeeds where the requirement is met. */
  probe: readonly string[];
  /** The Debian package that brings it. */
  apt: string;
  why: string;
}

export const REQUIREMENTS: readonly Requirement[] = [
  {
    name: "small_disk",
    probe: [
      "unshare",
      "--map-root-user",
      "--mount",
      "mount",
      "-t",
      "tmpfs",
      "-o",
      "size=1m",
      "tmpfs",
      "/mnt",
    ],
    apt: "util-linux",
    why: "the test of a full disk runs the server on a small file system in a mount namespace of its own",
  },
];

const MISSING = "TEST_REQUIREMENTS_MISSING";

/** Is the requirement of this name missing, as `deno task test` found it? Without that program: no. */
export function isMissing(name: string): boolean {
  return (Deno.env.get(MISSING) ?? "").split(",").includes(name);
}

/** The environment that tells tests what is missing. */
export function missingEnvironment(missing: readonly Requirement[]): Record<string, string> {
  return { [MISSING]: missing.map(({ name }) => name).join(",") };
}

/** Probes each requirement, installs the programs that are not there, and returns what is still missing. */
export async function findMissing(requirements: readonly Requirement[]): Promise<Requirement[]> {
  const missing: Requirement[] = [];
  for (const requirement of requirements) {
    let outcome = await run(requirement.probe);
    // A program that is there and fails is refused something by this machine: a package will not help.
    if (outcome === "not found" && await install(requirement.apt)) outcome = await run(requirement.probe);
    if (outcome !== "succeeded") missing.push(requirement);
  }
  return missing;
}

async function install(aptPackage: string): Promise<boolean> {
  const apt = [...Deno.uid() === 0 ? [] : ["sudo", "-n"], "apt-get", "-q", "-y"];
  return await run([...apt, "update"]) === "succeeded" &&
    await run([...apt, "install", aptPackage]) === "succeeded";
}

async function run(command: readonly string[]): Promise<"succeeded" | "failed" | "not found"> {
  const [program, ...args] = command;
  try {
    const child = new Deno.Command(program!, { args, stdin: "null", stdout: "null", stderr: "null" });
    return (await child.output()).success ? "succeeded" : "failed";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "not found";
    throw error;
  }
}
