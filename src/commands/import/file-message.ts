import type { Format } from '../../decode/span.ts'

/** One request of a file, as it was written. */
export interface FileMessage {
  readonly format: Format
  readonly body: Buffer
  /** How many calls of a foreign file state their tokens without their kinds. */
  readonly withoutTokenKinds?: number
}
