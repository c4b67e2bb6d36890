import type { Facts, Usage } from '../../../map/facts/facts.ts'
import type { SmallMap } from '../../small/small-map.ts'
import type { SmallSet } from '../../small/small-set.ts'
import type { TimedGroup } from './time-index.ts'

/**
 * One report of a model call, as the search for duplicates sees it: a node of a trace, or a report that another trace
 * has stored with the workflow. `Call` is the type of the report itself.
 */
export interface ReportedCall<Call = unknown> {
  readonly facts: Pick<Facts, 'id' | 'source' | 'origin' | 'spanKind' | 'startNs' | 'endNs'> & {
    readonly usage: Usage | null
  }
  readonly usageState: {
    /** A call below reports the same call, so this report does not take part. */
    readonly hasSameCallBelow: boolean
    /** The response id of the call, its own or that of a report above with the same counters. */
    responseId: string | null
    /** The trust of the call, its own or that of a report above with the same counters; the higher wins. */
    trust: number
    /** The better report of the same call, null where this one is the best. */
    duplicateOf: Call | null
    /** The other reports of the same call, where this one is the best and there are any. */
    duplicates: readonly Call[] | null
  }
}

/** Calls that may be one call, because they have one response id or the same counters. */
export interface CallGroup<Call> extends TimedGroup<Call> {
  /** Where the members come from, and their likely duplicates in other groups. With one origin there are no duplicates. */
  readonly origins: SmallSet<string>
}

/** The calls among which duplicates are searched, grouped twice. */
export interface CallIndex<Call> {
  /** By usage class and response id. */
  readonly callsByResponseId: SmallMap<string, CallGroup<Call>>
  /** By usage class, prompt tokens and completion tokens. */
  readonly callsByCounters: SmallMap<string, CallGroup<Call>>
}
