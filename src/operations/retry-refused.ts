import type { Pipeline } from '../pipeline.ts'
import { handleRequest } from '../receiver/handle-request.ts'
import type { Database } from '../store/database.ts'
import { forgetRefused, refusedBody, type StoredRefusedSpan } from '../transaction/refused-spans.ts'

/**
 * Sends a refused span again, in a request of its own. One that is taken is kept no longer. Returns why it is refused again;
 * null where it is taken.
 */
export async function retryRefused(
  pipeline: Pipeline,
  database: Database,
  kept: StoredRefusedSpan,
): Promise<string | null> {
  const body = await refusedBody(database, kept.id)
  if (body === undefined) return 'It is not kept any more.'
  if (body.length === 0) return 'It was kept without its bytes.'
  // a span that is refused again is in the table already, with its first reason
  const again = { ...pipeline, keepRefused: async () => {} }
  const { rejected, message } = await handleRequest(again, {
    ...kept,
    transport: 'http',
    tenant: database.tenant,
    body,
  })
  if (rejected > 0) return message
  await forgetRefused(database, kept.id)
  return null
}
