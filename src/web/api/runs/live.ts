import { z } from 'zod'
import { readLastNumbers } from '../../../queries/runs/events.ts'
import { readRuns } from '../../../queries/runs/runs.ts'
import type { LiveStream } from '../../answers/streams.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { openEventStream } from '../../http/event-stream.ts'
import { WrongRequest } from '../../http/page-errors.ts'
import { columnar } from '../../schemas/columns.ts'
import { runRow } from '../../schemas/run-schemas.ts'
import { openWake } from '../../stream/wake.ts'
import { whileOpen } from '../../stream/while-open.ts'
import { healthOf } from '../health/health.ts'

/** The runs that a stream knows at most; those that have not changed for longest are forgotten first. */
const mostKnown = 2_000
const healthEveryMs = 5_000
const pingEveryMs = 15_000

/** Streams which runs are new or have changed. */
export const liveRoute: AnyRoute = apiRoute<object, unknown, never>({
  method: 'GET',
  path: '/api/live',
  name: 'live',
  summary:
    'Streams which runs are new or have changed, with their rows, at most ten times a second, and how the receiver is: `Accept: text/event-stream`; events `runs` and `health`.',
  scopes: ['read'],
  query: z.strictObject({}),
  answer: z.never(),
  read: async () => {
    throw new WrongRequest(406, 'unsupported', 'This is a stream.', 'Send Accept: text/event-stream.')
  },
  async stream({ context, tenant, database, closed }, exchange) {
    let known: ReadonlyMap<string, bigint> = await readLastNumbers(database, [])
    const writer = openEventStream(exchange)
    const send = <Name extends keyof LiveStream>(name: Name, data: LiveStream[Name]) => writer.send(name, data)
    using _ready = context.explainer.keepReady()
    using wake = openWake((onChange) => context.changes.follow(tenant, onChange), closed)
    let [healthMs, pingMs] = [Number.NEGATIVE_INFINITY, performance.now()]
    await whileOpen(closed, async () => {
      const last = await readLastNumbers(database, [...known.keys()])
      const changed = [...last].filter(([run, seq]) => seq !== known.get(run)).map(([run]) => run)
      const gone = [...known.keys()].filter((run) => !last.has(run))
      if (changed.length + gone.length > 0) {
        const rows = await readRuns(database, [...changed, ...gone])
        const found = new Set(rows.map(({ workflow_id: run }) => run))
        const removed = [...changed, ...gone].filter((run) => !found.has(run))
        await send('runs', { ...columnar(runRow, rows), removed })
      }
      const isChanged = new Set(changed)
      const sorted = [
        ...[...last].filter(([run]) => !isChanged.has(run)),
        ...[...last].filter(([run]) => isChanged.has(run)),
      ]
      known = new Map(sorted.slice(-mostKnown))
      const now = performance.now()
      if (now - healthMs > healthEveryMs) {
        healthMs = now
        const { state, items } = await healthOf(context, tenant, database)
        await send('health', { state, items })
      }
      if (now - pingMs > pingEveryMs) {
        pingMs = now
        await writer.ping()
      }
      await wake.next()
      return true
    })
    writer.end()
  },
})
