import type { LogRecord, Span } from '../decode/span.ts'
import type { Limits } from './facts/column-limits.ts'
import type { VocabularyOf } from './lookup/vocabulary.ts'
import type { Redaction } from './redact/redactor.ts'

/** What the settings and the request decide about mapping; all other input is in the span or record. */
export interface MapOptions {
  /** The tables of the dialects with custom attributes; absent: without. */
  readonly vocabulary?: VocabularyOf
  /** Whether spans of this service end their task although their parent never arrives, because a sampler drops it. */
  readonly absentParentEnds?: (service: string) => boolean
  readonly limits?: Limits
  /** Absent: nothing is redacted. */
  readonly redaction?: Redaction | undefined
  /** Returns the SHA-256 (64 hex digits) of the canonical span or record with resource and scope (decode/digest.ts). */
  readonly digest: (decoded: Span | LogRecord) => string
}
