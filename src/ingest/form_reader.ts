/** How the blocks of a body become events: what the readers of all forms have in common. */

export interface FormReader {
  /** Takes the next block of the body. @throws Problem when the request is refused as a whole */
  push(block: Uint8Array): void;
  /** The body is complete. @throws Problem as `push` */
  end(): void;
}
