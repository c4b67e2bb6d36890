import type { LogRecord, Span } from '../decode/span.ts'
import type { Limits } from './facts/column-limits.ts'
import type { VocabularyOf } from './lookup/vocabulary.ts'

/** What the operator and the door decide; everything else is in the span. */
export interface MapOptions {
  /** The tenant that the credential stands for; '' is the default tenant. */
  readonly tenant: string
  /** The tables of the dialects, with what the operator adds to them; without it, as they are. */
  readonly vocabulary?: VocabularyOf
  /** true: spans of this service end their task although their parent, which is filtered away, never arrives. */
  readonly absentParentEnds?: (service: string) => boolean
  readonly limits?: Limits
  /** The SHA-256 (64 hex digits) of an item's canonical content with resource and scope (room decode). */
  readonly digest: (item: Span | LogRecord) => string
}
