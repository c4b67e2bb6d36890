import { z } from 'zod'
import type { RunStatus } from '../../../queries/rows/run-rows.ts'
import { readRunEvents, readRunState } from '../../../queries/runs/run-events.ts'
import type { EventsAnswer } from '../../answers/streams.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { openEventStream } from '../../http/event-stream.ts'
import { notFound } from '../../http/page-errors.ts'
import { numberParameter } from '../../parameters.ts'
import { columnar } from '../../schemas/columns.ts'
import { eventRow, eventsSchema } from '../../schemas/stream-schemas.ts'
import { RunStream } from '../../stream/run-stream.ts'
import { openWake } from '../../stream/wake.ts'
import { whileOpen } from '../../stream/while-open.ts'

const eventsQuery = z.strictObject({
  after_seq: z
    .string()
    .regex(/^\d{1,18}$/)
    .default('0'),
  limit: numberParameter(1, 5_000, 500),
})

/** Lists the events of a run after a number, or streams them while they come. */
export const eventsRoute: AnyRoute = apiRoute<z.output<typeof eventsQuery>, unknown, EventsAnswer>({
  method: 'GET',
  path: '/api/workflows/{id}/events',
  name: 'events',
  summary:
    'Lists the events of a run after a number. With `Accept: text/event-stream` they are streamed as they come; `Last-Event-ID` goes before `after_seq`. Events of the stream: `event`, `moved`, `withdrawn`, `run`, `end`.',
  scopes: ['read'],
  query: eventsQuery,
  answer: eventsSchema,
  async read({ database, path: { id = '' }, query }) {
    const state = await readRunState(database, id)
    if (state === undefined) throw notFound(`the run ${id}`)
    const after = query.after_seq
    const { events, sql } = await readRunEvents(database, { workflow: id, after, limit: query.limit + 1 })
    const shown = events.slice(0, query.limit)
    return {
      ...columnar(eventRow, shown),
      workflow_id: id,
      status: state.status as RunStatus,
      seq: shown.at(-1)?.seq ?? after,
      more: events.length > query.limit,
      sql,
    }
  },
  async stream({ context, tenant, database, path: { id = '' }, query, header, closed }, exchange) {
    const last = header('last-event-id') ?? ''
    const after = /^\d{1,18}$/.test(last) ? last : query.after_seq
    if ((await readRunState(database, id)) === undefined) throw notFound(`the run ${id}`)
    const writer = openEventStream(exchange)
    const stream = new RunStream({
      ...{ database, workflow: id, after },
      send: (name, data, seq) => writer.send(name, data, seq),
    })
    using wake = openWake((onChange) => context.changes.follow(tenant, onChange), closed)
    await whileOpen(closed, async () => {
      if (!(await stream.look())) return false
      await wake.next()
      return true
    })
    writer.end()
  },
})
