import type { Facts, Kind } from '../../map/facts/facts.ts'
import type { ShareField } from './fields.ts'
import { earliestFirst, latestFirst } from './times.ts'

/*
 * Sort keys decide which of several values a task shows. They are text and are compared as text; the smallest wins. Each
 * part is either one digit or 20 digits, so that the order of the texts is the order of the numbers, and parts are
 * separated by a space. Keys are stored with the shares (`shares`, `workflows`): a key that is written today is compared
 * with keys of years ago, so its format must not change. Every key ends with the id and the trace of its span or record,
 * which makes keys unique and from which `share-codec.ts` reads whose value it is.
 */

/** What the keys of one node's candidates are made of. */
export interface KeyParts {
  /** `earliestFirst` of the node's start. */
  readonly start: string
  readonly endNs: bigint
  /** 0 where the node is an entry of its task whose parent does not come any more, else 1. */
  readonly entry: 0 | 1
  /** `kindRank` of the node. */
  readonly kind: number
  /** `nodeKey` of the node. */
  readonly node: string
}

/**
 * The order of the candidates of each field. `rank` is how well the source of a value names it (see `Ranked`), 0 to 9.
 *
 * | field | the best candidate |
 * | --- | --- |
 * | start, recordStart, begun, inside, outside, event, parentWorkflow, service | the earliest |
 * | stop, cause, close | the one that ended last |
 * | error | the best kind, then the one that ended last |
 * | query | the best source, then the earliest, then an entry, then the best kind |
 * | result | the best source, then an entry, then the one that ended last |
 * | user, session | the best source, then the earliest, then an entry |
 * | mode, complexity, tenantId, workflowName | an entry, then the earliest |
 */
const orders: Record<ShareField, (parts: KeyParts, rank: number) => string> = {
  start: byStart,
  recordStart: byStart,
  begun: byStart,
  inside: byStart,
  outside: byStart,
  event: byStart,
  parentWorkflow: byStart,
  service: byStart,
  stop: byEnd,
  cause: byEnd,
  close: byEnd,
  error: ({ kind, endNs }) => `${kind} ${latestFirst(endNs)}`,
  query: ({ start, entry, kind }, rank) => `${rank} ${start} ${entry} ${kind}`,
  result: ({ entry, endNs }, rank) => `${rank} ${entry} ${latestFirst(endNs)}`,
  user: ({ start, entry }, rank) => `${rank} ${start} ${entry}`,
  session: ({ start, entry }, rank) => `${rank} ${start} ${entry}`,
  mode: byEntry,
  complexity: byEntry,
  tenantId: byEntry,
  workflowName: byEntry,
}

function byStart({ start }: KeyParts): string {
  return start
}

function byEnd({ endNs }: KeyParts): string {
  return latestFirst(endNs)
}

function byEntry({ entry, start }: KeyParts): string {
  return `${entry} ${start}`
}

/** The sort key of a node's candidate for a field. `rank` is needed by fields whose values are `Ranked`. */
export function candidateKey(field: ShareField, parts: KeyParts, rank = 0): string {
  return `${orders[field](parts, rank)} ${parts.node}`
}

/** The sort key of an entry of a task: the entry that started last decides the task's status. */
export function entryKey({ startNs, id, trace }: Facts): string {
  return `${latestFirst(startNs)} ${nodeKey(id, trace)}`
}

/** The sort key of a span that ends a durable run: the smallest rank decides, then the earliest end. */
export function runEndKey(rank: 0 | 1 | 2, { endNs, id, trace }: Facts): string {
  return `${rank} ${earliestFirst(endNs)} ${nodeKey(id, trace)}`
}

/** The end of every sort key: whose value it is. */
export function nodeKey(id: string, trace: string): string {
  return `${id} ${trace}`
}

const kindRanks: Partial<Record<Kind, number>> = { workflow: 0, task: 1, agent: 2 }
const otherKindRank = 3

/** The rank of a kind among the entries of a task, and among the sources of its error: workflow, task, agent, then the rest. */
export function kindRank(kind: Kind): number {
  return kindRanks[kind] ?? otherKindRank
}
