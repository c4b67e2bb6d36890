import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../support/command.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { send } from '../support/send.ts'

test('laws 6 and 7: what is older than the ledger is refused alone, named in the answer, and kept (R105)', async () => {
  await using fresh = await freshDatabase()
  await using client = await connect(fresh.url)
  const kept = ['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions', 'ledger']
  const settings = { SPANLEDGER_RETENTION: JSON.stringify(Object.fromEntries(kept.map((name) => [name, '90d']))) }
  await using receiver = await spawnReceiver(fresh.url, settings)
  const old = smallRun('old', Date.now() - 400 * 86_400_000)
  // the receiver prunes when it starts
  await expect
    .poll(async () => (await client.query("select from spanledger.pruned where name = 'ledger'")).rows.length)
    .toBe(1)
  const { status, body } = await send(tracesRequest([...smallRun('new'), ...old]), receiver.http)
  expect(status).toBe(200)
  const answer = JSON.parse(body.toString()) as { partialSuccess: { rejectedSpans: string; errorMessage: string } }
  expect(answer.partialSuccess.rejectedSpans).toBe('2')
  expect(answer.partialSuccess.errorMessage).toMatch(
    new RegExp(`${old[0]!.traceId}/${old[0]!.spanId}: It began on .*, before what \`retention\` keeps in the ledger`),
  )
  const { rows } = await client.query(
    'select reason, count(*)::int as n, (select array_agg(workflow_id) from task_executions) as tasks from spanledger.refused_spans group by reason',
  )
  expect(rows).toEqual([{ reason: 'too-old', n: 2, tasks: ['new'] }])
  const { output } = await outcomeOf(['doctor', '--json'], { ...settings, DATABASE_URL: fresh.url })
  const findings = JSON.parse(output) as { check: string; found: string }[]
  expect(findings.find(({ check }) => check === 'retention')?.found).toMatch(
    /^removed are rows of agent_executions before .*, ledger before \d{4}-\d\d-01, .*; spans of new traces that began before the time of `ledger` are refused as `too-old`$/,
  )
})
