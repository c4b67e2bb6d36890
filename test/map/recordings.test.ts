import { readdirSync } from 'node:fs'
import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, test } from 'vitest'
import { canonicalDigest } from '../../src/decode/digest.ts'
import type { Facts, Ranked } from '../../src/map/facts/facts.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import { createPrices } from '../../src/settle/prices/prices.ts'
import { type ExpectedTask, expected } from './expect.ts'
import { load } from './load.ts'

const all = readdirSync(new URL('../recordings/', import.meta.url))
const recordings = all.filter((name) => /^(hand-|oaiofficial)/.test(name))

const options = { tenant: '', digest: canonicalDigest }

function factsOf(recording: string): Facts[] {
  const { spans, records } = load(recording)
  return [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
}

/** The best-ranked text; among equals the one of the earliest start (a query) or the latest end (a result). */
function best(facts: readonly Facts[], pick: (facts: Facts) => Ranked | undefined, latest: boolean): string | null {
  const sign = latest ? -1 : 1
  const time = (one: Facts): bigint => (latest ? one.endNs : one.startNs)
  const candidates = facts.filter((one) => pick(one) !== undefined)
  candidates.sort((a, b) => pick(a)!.rank - pick(b)!.rank || sign * Number(time(a) - time(b)))
  return candidates[0] === undefined ? null : pick(candidates[0])!.value
}

describe.each(recordings)('%s', (recording) => {
  const all = factsOf(recording)
  const tasks = expected(recording).tasks.map((task): [ExpectedTask, Facts[]] => [
    task,
    all.filter((facts) => task.trace_ids.includes(facts.trace)),
  ])

  test('the expected calls have the role call, and no others have', () => {
    expect(tasks.length).toBeGreaterThan(0)
    for (const [task, facts] of tasks) {
      const calls = facts.filter((one) => one.usage?.role === 'call')
      expect(calls.map((one) => one.id).sort()).toEqual(task.token_usage.map((row) => row.span).sort())
      for (const row of task.token_usage) {
        const usage = calls.find((one) => one.id === row.span)!.usage!
        expect(usage).toMatchObject({
          class: row.kind === 'embedding' ? 'embedding' : 'chat',
          prompt: row.prompt_tokens,
          completion: row.completion_tokens ?? 0,
          cacheRead: row.cache_read_tokens,
          reasoning: row.reasoning_tokens,
          provider: row.provider,
          responseModel: row.model,
          cacheSemantics: 'as reported',
        })
      }
    }
  })

  test('every call costs what the price list says', () => {
    const prices = createPrices(calcPrice)
    expect(tasks.flatMap(([task]) => task.token_usage).length).toBeGreaterThan(0)
    for (const [task, facts] of tasks) {
      for (const row of task.token_usage) {
        const call = facts.find((one) => one.id === row.span)!
        const { costNano } = prices.price({ ...call.usage!, endNs: call.endNs })
        expect(Math.abs(costNano! / 1e9 - row.cost_usd)).toBeLessThan(1.5e-6)
      }
    }
  })

  test('every expected tool run is a span, or a call and its result in messages', () => {
    expect(tasks.length).toBeGreaterThan(0)
    for (const [task, facts] of tasks) {
      const spans = facts.filter((one) => one.tool !== null)
      expect(spans.length).toBe(task.tools.filter((tool) => tool.span !== null).length)
      for (const tool of task.tools) {
        if (tool.span === null) {
          expectInMessages(facts, tool.call_id!, tool.tool_name, tool.arguments)
          continue
        }
        const run = spans.find((one) => one.id === tool.span)!.tool!
        expect(run).toMatchObject({
          name: tool.tool_name,
          success: tool.success,
          error: tool.error,
          callId: tool.call_id,
        })
        expect(JSON.parse(run.input!)).toEqual(tool.arguments)
      }
    }
  })

  test('query, result, ids and agents are read', () => {
    expect(tasks.length).toBeGreaterThan(0)
    for (const [task, facts] of tasks) {
      const own = facts.filter((one) => one.workflowId !== null)
      expect(own.map((one) => [one.workflowId, one.kind, one.parent])).toEqual([[task.workflow_id, 'workflow', '']])
      expect(best(facts, (one) => one.statements.user, false)).toBe(task.user_id)
      expect(best(facts, (one) => one.statements.session, false)).toBe(task.session_id)
      expect(best(facts, (one) => one.statements.query, false)).toBe(task.query)
      if (task.status === 'COMPLETED') expect(best(facts, (one) => one.statements.result, true)).toBe(task.result)
      expect(own[0]!.outcome).toBe(task.status === 'FAILED' ? 'error' : 'ok')
      const agents = new Set(facts.filter((one) => one.kind === 'agent').map((one) => one.agent))
      expect(agents).toEqual(new Set(task.agents ?? []))
    }
  })
})

// no row shows them, but prices and the deduplication of calls use them
test('reasoning tokens and response id of every call in a span are read, in all recordings', () => {
  const [wanted, read]: [unknown[], unknown[]] = [[], []]
  for (const recording of all) {
    const facts = factsOf(recording)
    for (const row of expected(recording).tasks.flatMap((task) => task.token_usage ?? [])) {
      const usage = facts.find((one) => one.id === row.span)?.usage
      if (usage == null) continue
      const { reasoning_tokens: reasoning, response_id: response = usage.responseId } = row
      wanted.push([recording, row.span, reasoning ?? usage.reasoning ?? 0, response])
      read.push([recording, row.span, usage.reasoning ?? 0, usage.responseId])
    }
  }
  expect(read.length).toBeGreaterThan(100)
  expect(read).toEqual(wanted)
})

function expectInMessages(facts: readonly Facts[], callId: string, name: string, input: unknown): void {
  const asks = facts.flatMap((one) => one.asks).filter((ask) => ask.callId === callId)
  const answers = facts.flatMap((one) => one.answers).filter((answer) => answer.callId === callId)
  expect(asks.length).toBeGreaterThan(0)
  expect(answers.length).toBeGreaterThan(0)
  for (const ask of asks) {
    expect(ask.name).toBe(name)
    expect(ask.input === null ? null : JSON.parse(ask.input)).toEqual(input)
  }
}
