import type { Session } from '../../store/database.ts'
import type { AgentReportRow, CallCosts } from '../rows/report-rows.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'
import type { ReportTime } from './report-time.ts'
import { sumCalls } from './sum-calls.ts'

type RunCounts = Omit<AgentReportRow, 'calls' | 'prompt_tokens' | 'completion_tokens' | 'cost_nano_usd'>

/** Sums up the agents that started in a period, and the calls that they made themselves and that ended in it, the dearest first. */
export async function sumAgents(session: Session, { sinceMs, untilMs }: ReportTime): Promise<AgentReportRow[]> {
  const runs = await session.query<RunCounts>(queryStatement('agent_rows'), [timeOf(sinceMs), timeOf(untilMs)])
  const calls = await sumCalls(session, 'agent', { sinceMs, untilMs, timeZone: 'UTC', isByDay: false })
  const runsOf = new Map(runs.map((one) => [one.agent, one]))
  const callsOf = new Map(calls.flatMap((one) => (one.key === null ? [] : [[one.key, one]])))
  return [...new Set([...runsOf.keys(), ...callsOf.keys()])]
    .map((agent) => rowOf(runsOf.get(agent) ?? { ...noRuns, agent }, callsOf.get(agent)))
    .sort((a, b) => compareCosts(a, b) || (a.agent < b.agent ? -1 : 1))
}

const noRuns: Omit<RunCounts, 'agent'> = {
  ...{ runs: 0, completed: 0, failed: 0, running: 0, p50_ms: null, p95_ms: null, p99_ms: null },
  ...{ last_failed_at: null, last_error: null, last_failed_workflow_id: null },
}

function rowOf(runs: RunCounts, calls: CallCosts | undefined): AgentReportRow {
  return {
    ...runs,
    calls: calls?.calls ?? 0,
    prompt_tokens: calls?.prompt_tokens ?? 0,
    completion_tokens: calls?.completion_tokens ?? 0,
    cost_nano_usd: calls?.cost_nano_usd ?? '0',
  }
}

function compareCosts(a: AgentReportRow, b: AgentReportRow): number {
  const difference = BigInt(b.cost_nano_usd) - BigInt(a.cost_nano_usd)
  return difference === 0n ? 0 : difference > 0n ? 1 : -1
}
