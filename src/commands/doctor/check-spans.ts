import type { Facts } from '../../map/facts/facts.ts'
import type { Database } from '../../store/database.ts'
import { readNewestFacts } from '../../transaction/read/newest-facts.ts'
import type { Finding } from './finding.ts'

const nothingArrives = 'docs/sending.md#nothing-arrives'
const mostServices = 5
const mostUnread = 10

/** What the newest spans and log records of one service are. */
interface Service {
  readonly name: string
  readonly dialects: ReadonlySet<string>
  readonly lastMs: number
}

/**
 * Says when the last span or log record ended, by its sender's clock, and of which services and dialects the newest ones
 * are, and which of their attributes look like usage and are read by no dialect. Nothing of it is a failure: a database that is set up right may be waiting for its first span.
 */
export async function checkSpans(database: Database): Promise<Finding[]> {
  const facts = await readNewestFacts(database)
  const unread = unreadFinding(facts)
  return [newestFinding(facts), ...(unread === null ? [] : [unread])]
}

function newestFinding(facts: readonly Facts[]): Finding {
  const services = servicesOf(facts)
  const [newest] = services
  if (newest === undefined)
    return { check: 'spans', found: `no span has come yet (where one was sent: ${nothingArrives})` }
  const shown = services.slice(0, mostServices).map(serviceText)
  const more = services.length > mostServices ? [`and ${services.length - mostServices} more services`] : []
  const isAgentWork = facts.some(({ kind, workflowId }) => kind !== 'plain' || workflowId !== null)
  const hint = isAgentWork ? '' : `; no agent, model call or tool is among the newest: ${nothingArrives}`
  return {
    check: 'spans',
    found: `the last one ended ${age(newest.lastMs)}; of ${[...shown, ...more].join(', ')}${hint}`,
  }
}

/** Names the attributes that look like usage and that no dialect reads, the most frequent first; null for none. */
function unreadFinding(facts: readonly Facts[]): Finding | null {
  const counts = new Map<string, number>()
  for (const { unreadUsage, origin } of facts)
    for (const name of unreadUsage) {
      const of = `${name} of ${origin}`
      counts.set(of, (counts.get(of) ?? 0) + 1)
    }
  if (counts.size === 0) return null
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, mostUnread).map(([of, count]) => `${of} (${count === 1 ? 'once' : `${count} times`})`)
  const more = sorted.length > mostUnread ? [`and ${sorted.length - mostUnread} more`] : []
  return {
    check: 'unread',
    found: `no dialect reads ${[...shown, ...more].join(', ')}: what of it is usage, the setting attributes can name`,
  }
}

/** The services of the newest facts, that of the last one first. */
function servicesOf(facts: readonly Facts[]): Service[] {
  const byName = new Map<string, { dialects: Set<string>; lastMs: number }>()
  for (const { service, dialect, endNs } of facts) {
    const known = byName.get(service) ?? { dialects: new Set(), lastMs: 0 }
    if (dialect !== '') known.dialects.add(dialect)
    known.lastMs = Math.max(known.lastMs, Number(endNs / 1_000_000n))
    byName.set(service, known)
  }
  return [...byName].map(([name, known]) => ({ name, ...known })).sort((a, b) => b.lastMs - a.lastMs)
}

function serviceText({ name, dialects }: Service): string {
  return `${name || 'a service without a name'} (${[...dialects].sort().join(', ') || 'no dialect recognised'})`
}

/** `3 min ago (2026-11-24T09:12:04Z)`; a sender's clock that is ahead of this one counts as now. */
function age(timeMs: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - timeMs) / 1000))
  const time = `${new Date(timeMs).toISOString().slice(0, 19)}Z`
  if (seconds < 100) return `${seconds} s ago (${time})`
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min ago (${time})`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h ago (${time})`
  return `${Math.round(seconds / 86_400)} days ago (${time})`
}
