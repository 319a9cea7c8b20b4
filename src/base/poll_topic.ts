/** The topic of what is polled for a rule (SEMANTICS 1). It is the product's own, and only that rule sees it. */
export function pollTopic(ruleId: string): string {
  return `_poll.${ruleId}`;
}

/** The topic of the snapshots that tell how polling went, one a minute while rules are polled. */
export const POLLING_TOPIC = "_polling";
