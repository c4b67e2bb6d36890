import { z } from 'zod'
import type { RunStatus } from '../../../queries/rows/run-rows.ts'
import type { CloseAnswer } from '../../answers/runs.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { notFound, WrongRequest } from '../../http/page-errors.ts'
import { closeSchema } from '../../schemas/run-schemas.ts'

const closeBody = z.strictObject({
  status: z.enum(['COMPLETED', 'FAILED', 'CANCELLED']),
  reason: z.string().max(1_000).nullable().default(null),
})

/** Closes a run whose own end never came. */
export const closeRoute: AnyRoute = apiRoute<object, z.output<typeof closeBody>, CloseAnswer>({
  method: 'POST',
  path: '/api/workflows/{id}/close',
  name: 'close',
  summary: 'Closes a run whose own end never came. An end that comes all the same counts instead.',
  scopes: ['admin'],
  query: z.strictObject({}),
  body: closeBody,
  answer: closeSchema,
  async read({ context, tenant, path: { id = '' }, body }) {
    const { outcome, task } = await context.close(tenant, { ...body, id, endMs: null, nowMs: Date.now() })
    if (task === null) throw notFound(`the run ${id}`)
    const { workflow_id, status } = task
    if (outcome === 'ended') throw new WrongRequest(409, 'has-ended', `The run has ended by itself: it is ${status}.`)
    if (outcome === 'unfounded')
      throw new WrongRequest(
        409,
        'still-running',
        'The run is RUNNING all the same.',
        'A part of it began later than now, or the ledger keeps its spans no longer.',
      )
    return { workflow_id, status: status as RunStatus }
  },
})
