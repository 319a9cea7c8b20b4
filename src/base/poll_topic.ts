/** The topic of what is polled for a rule (SEMANTICS 1). It is the product's own, and only that rule sees it. */
export function pollTopic(ruleId: string): string {
  return `_poll.${ruleId}`;
}
