import { expect, test } from 'vitest'
import * as closeCommand from '../../../src/commands/ledger/close.ts'
import { spawnReceiver } from '../../support/command.ts'
import { brokenSums } from '../../support/laws.ts'
import { printed } from '../../support/look.ts'
import { newSpanId, newTraceId, smallRun, tracesRequest } from '../../support/otlp.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { send } from '../../support/send.ts'

test.each(databases)(
  'close states the end of a run on %s while a receiver has it, and its own end goes before that',
  async (name) => {
    await using place = await freshPlace(name)
    const settings = { DATABASE_URL: place.url, ...place.settings }
    await using receiver = await spawnReceiver(place.url, place.settings)
    const startMs = Date.now() - 60_000
    const [root, call] = smallRun('lost', startMs)
    // the root never came, and another run that nothing names
    const unnamed = { traceId: newTraceId(), spanId: newSpanId(), parentSpanId: newSpanId(), name: 'llm.call' }
    const attributes = call!.attributes!
    await send(
      tracesRequest([
        { ...call!, attributes: { ...attributes, workflow_id: 'lost' } },
        { ...unnamed, startMs, endMs: startMs + 10, attributes },
        ...smallRun('whole', startMs),
      ]),
      receiver.http,
    )
    const close = (id: string, status: string[], switches: string[] = []) =>
      printed(closeCommand, {
        args: [id],
        options: { status, reason: ['the host was lost'] },
        switches,
        settings,
        nowMs: Date.now(),
      })

    await expect(close('lost', [])).rejects.toThrow('--status')
    expect(await close('lost', ['failed'], ['dry-run'])).toMatchObject({
      code: 0,
      output: 'Nothing is changed: lost is RUNNING and would be FAILED\n',
    })
    const failed = await close('lost', ['FAILED'], ['json'])
    expect(JSON.parse(failed.output)).toMatchObject({
      outcome: 'closed',
      task: { workflow_id: 'lost', status: 'FAILED', error_message: 'the host was lost' },
    })
    expect(await close(unnamed.traceId, ['cancelled'])).toMatchObject({ code: 0 })
    expect(await close('whole', ['failed'])).toMatchObject({
      code: 4,
      errors: 'whole has ended by itself: it is COMPLETED, and stays so.\n',
    })
    expect(await close('nobody', ['failed'])).toMatchObject({ code: 1 })
    await using client = await place.connect()
    const statuses = async () => {
      const { rows } = await client.query<{ workflow_id: string; status: string }>(
        'select workflow_id, status from task_executions',
      )
      return Object.fromEntries(rows.map(({ workflow_id, status }) => [workflow_id, status]))
    }
    expect(await statuses()).toEqual({ lost: 'FAILED', [unnamed.traceId]: 'CANCELLED', whole: 'COMPLETED' })
    expect(await brokenSums(client)).toEqual([])
    await send(tracesRequest([root!]), receiver.http)
    expect(await statuses()).toMatchObject({ lost: 'COMPLETED' })
    expect(await brokenSums(client)).toEqual([])
  },
)
