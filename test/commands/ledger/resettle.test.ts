import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../../support/command.ts'
import { brokenSums } from '../../support/laws.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { send } from '../../support/send.ts'

const noonMs = Date.UTC(2026, 0, 15, 12)

test.each(databases)(
  'resettle makes rows of %s again while a receiver has it, and says what has changed',
  async (name) => {
    await using place = await freshPlace(name)
    const settings = { DATABASE_URL: place.url, ...place.settings }
    await using receiver = await spawnReceiver(place.url, place.settings)
    await using client = await place.connect()
    for (const workflow of ['wf-1', 'wf-2']) await send(tracesRequest(smallRun(workflow, noonMs)), receiver.http)
    const nothing = await outcomeOf(['resettle'], settings)
    expect(nothing).toMatchObject({ code: 0, output: 'Every run was settled by the rules of this version already\n' })

    await client.query("update token_usage set model = 'other' where workflow_id = 'wf-2'")
    const all = await outcomeOf(['resettle', '--all', '--json'], settings)
    expect(JSON.parse(all.output)).toMatchObject({
      runs: 2,
      changedRuns: 1,
      tables: {
        token_usage: { added: 0, changed: 1, removed: 0 },
        task_executions: { added: 0, changed: 0, removed: 0 },
      },
      before: { tasks: 2 },
      after: { tasks: 2 },
    })
    const again = await outcomeOf(['resettle', '--all', '--since', '2026-01-01'], settings)
    expect(again).toMatchObject({
      code: 0,
      output: expect.stringContaining('2 runs are settled again, of which 0 have changed'),
    })
    expect(await brokenSums(client)).toEqual([])
    const wrong = await outcomeOf(['resettle', '--since', 'yesterday'], settings)
    expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining('--since yesterday is no date') })
  },
)
