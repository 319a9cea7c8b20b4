/**
 * Topics by number, as slots and actors name them. A number lives as long as the process; how many topics
 * there are at a time is bounded where events come in (topic_bound.ts).
 */
export class TopicNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  of(topic: string): number {
    let number = this.#numbers.get(topic);
    if (number === undefined) {
      number = this.#names.push(topic) - 1;
      this.#numbers.set(topic, number);
    }
    return number;
  }

  name(number: number): string {
    return this.#names[number]!;
  }
}
