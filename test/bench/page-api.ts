import { connect } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { fillCalls, fillTasks, tasksBefore } from './fill.ts'

// How long the page's API takes with BENCH_TASKS runs in a database (BENCH_URL) that has our tables: BENCH_TASKS=1000000
// BENCH_URL=postgres://… tsx test/bench/page-api.ts

const url = process.env.BENCH_URL!
const times = Number(process.env.BENCH_TIMES ?? 20)

const { rows: filled } = await (async () => {
  await using client = await connect(url)
  return await client.query('select count(*)::int as count from task_executions')
})()
if (filled[0].count < tasksBefore) {
  await fillTasks(url)
  await fillCalls(url)
}
await using client = await connect(url)
const { rows: ends } = await client.query(
  'select max(started_at) as last, max(workflow_id) as workflow from task_executions',
)
const last: Date = ends[0].last
const day = new Date(last.getTime() - 86_400_000).toISOString()
const week = new Date(last.getTime() - 7 * 86_400_000).toISOString()
const until = last.toISOString()
await using receiver = await openTestReceiver(url)

const paths = {
  'the newest runs': '/api/runs?limit=100',
  'the runs of a status that few have': '/api/runs?status=FAILED',
  'the runs of a session': '/api/runs?session=session-7',
  'the dearest runs of a week': `/api/runs?sort=cost&since=${week}&until=${until}`,
  'the dearest runs of all': '/api/runs?sort=cost',
  'a search for a part of a query in a day': `/api/runs?q=lisbon&since=${day}&until=${until}`,
  'a search for the beginning of an id': '/api/runs?workflow=earlier-99999',
  'the values of filters': '/api/facets',
  'a run': `/api/workflows/${ends[0].workflow}`,
  'the costs of a week by model': `/api/cost?by=model&since=${week}&until=${until}`,
  'the costs of all by user': '/api/cost?by=user&since=2020-01-01',
  'the tools of a week': `/api/tools?since=${week}&until=${until}`,
  'the agents of a week': `/api/agents?since=${week}&until=${until}`,
  health: '/api/health',
}
process.stdout.write(`| of ${tasksBefore} runs | p50, ms | p95, ms |\n| --- | --- | --- |\n`)
for (const [name, path] of Object.entries(paths)) {
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now()
    const answer = await fetch(receiver.http + path)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    took.push(performance.now() - startedMs)
  }
  took.sort((a, b) => a - b)
  const at = (part: number) => Math.round(took[Math.min(took.length - 1, Math.floor(part * took.length))]!)
  process.stdout.write(`| ${name} | ${at(0.5)} | ${at(0.95)} |\n`)
}
