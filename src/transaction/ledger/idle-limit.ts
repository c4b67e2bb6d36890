import type { Session } from '../../store/database.ts'

/** Traces of fewer spans are settled within the usual limit, on a busy machine too. */
const fewSpans = 2_500

/** Where every span of a trace changes, each takes 60 to 200 µs of CPU, of which a busy machine gives a twentieth. */
const millisecondsPerSpan = 4

/**
 * Lets the server wait for a transaction as long as it may take to settle traces that have so many spans. A trace is settled
 * without a statement in between, and the server ends a session that is idle in a transaction for 10 s: a span that changes
 * very many others (their root, which comes last) could never be committed then, since each resend would end in the same way.
 */
export async function extendIdleLimit(session: Session, spans: number): Promise<void> {
  if (spans <= fewSpans) return
  await session.query(`set local idle_in_transaction_session_timeout = ${spans * millisecondsPerSpan}`)
}
