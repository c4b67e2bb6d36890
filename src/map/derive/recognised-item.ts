import type { Limits } from '../facts/column-limits.ts'
import type { Recognised } from '../lookup/detect.ts'
import type { Vocabulary } from '../lookup/vocabulary.ts'
import type { MessageSummary } from '../messages/message-summary.ts'
import type { Redactor } from '../redact/redactor.ts'
import type { Item } from '../table/item.ts'
import type { Outcome } from './outcome.ts'

/** A span or log record whose dialect and kind are known, and what usage, tool run, statements and events share of it. */
export interface RecognisedItem extends Recognised {
  readonly item: Item
  readonly vocabulary: Vocabulary
  readonly limits: Limits
  /** Absent: nothing is redacted. */
  readonly redactor?: Redactor | undefined
  /** At most 255 characters; null: the item names no workflow. */
  readonly workflowId: string | null
  /** The agent's name, else its id; null for kind `plain` and where no agent is named. */
  readonly agent: string | null
  readonly summary: MessageSummary | null
  readonly ended: Outcome
}
