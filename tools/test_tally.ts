/** Counts of a test run, read from the JUnit report that `deno test` writes. Steps count as tests. */

export interface Tally {
  passed: number;
  failed: number;
  /** Names of tests that were switched off. */
  skipped: string[];
}

/** Reads the counts of one report. */
export function readTally(junit: string): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  for (const [, name, body] of junit.matchAll(/<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)) {
    if (body!.includes("<skipped")) tally.skipped.push(unescape(name!));
    else if (body!.includes("<failure") || body!.includes("<error")) tally.failed++;
    else tally.passed++;
  }
  return tally;
}

/** The sum of several runs. */
export function addTallies(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
    skipped: tallies.flatMap((tally) => tally.skipped),
  };
}

/** The closing line of a run. */
export function closingLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function unescape(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity]!);
}
