import type { Trace } from '../settle/model/trace.ts'
import type { Session } from '../store/database.ts'

/** Traces of fewer spans are settled within the usual limit, on a busy machine too. */
const fewSpans = 10_000

/** Where an arrival changes every span of a trace, each takes 60 µs of CPU; with many processes beside, it takes longer. */
const millisecondsPerSpan = 1

/**
 * Lets the server wait for a transaction as long as settling its traces may take. A trace is settled at a stretch, without
 * a word to the server, which ends a session that is idle in a transaction for 10 s; a span that changes very many others
 * (their root, which comes last) could never be committed then, since each resend would end in the same way.
 */
export async function extendIdleLimit(session: Session, traces: readonly Pick<Trace, 'nodes'>[]): Promise<void> {
  const spans = traces.reduce((sum, { nodes }) => sum + nodes.size, 0)
  if (spans <= fewSpans) return
  await session.query(`set local idle_in_transaction_session_timeout = ${spans * millisecondsPerSpan}`)
}
