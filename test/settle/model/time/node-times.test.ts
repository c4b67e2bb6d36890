import { expect, test } from 'vitest'
import type { Facts } from '../../../../src/map/facts/facts.ts'
import { taskRow } from '../../../../src/settle/workflow/task-row.ts'
import { at, call, event, span, tool } from '../../facts.ts'
import { play } from '../../play.ts'
import { answer, ask } from '../../tools/conversation.ts'

const none = { startNs: 0n, endNs: 0n }
const root = span(1, 0, { kind: 'workflow', endNs: at(9) })

/** What the rows say of times, the same in whichever order the facts came. */
function timesIn(...facts: Facts[]) {
  const orders = [[facts], facts.map((one) => [one]), facts.toReversed().map((one) => [one])]
  const [first, ...others] = orders.map((batches) => {
    const { tables } = play(batches)
    const { startedNs, completedNs } = taskRow(root.trace, tables.workflows.get(root.trace)!)
    const events = tables.of<{ fact: { type: string; timeNs: bigint } }>('events')
    return {
      task: [startedNs, completedNs],
      usage: tables.of<{ endNs: bigint; durationMs: number | null }>('usage').map((row) => [row.endNs, row.durationMs]),
      tools: tables.of<{ endNs: bigint; durationMs: number | null }>('tools').map((row) => [row.endNs, row.durationMs]),
      events: events.map(({ fact }) => `${fact.type} ${fact.timeNs}`).sort(),
    }
  })
  for (const other of others) expect(other).toEqual(first)
  return first!
}

test('a call without times was within the nearest span above it that has times, and has no duration', () => {
  const plain = span(2, 1, none)
  const untimed = call(3, 2, {}, { ...none, events: [event('agent.thinking', 0, { timeNs: 0n })] })
  expect(timesIn(root, plain, untimed)).toMatchObject({
    task: [at(1), at(9)],
    usage: [[at(9), null]],
    events: [`agent.thinking ${at(1)}`],
  })
})

test('the events of a tool run without times are at the start and the end, one with a time of its own stays', () => {
  const events = [
    event('tool.called', 0, { timeNs: 0n }),
    event('app.note', 0, { timeNs: at(4) }),
    event('tool.completed', 0, { timeNs: 0n }),
  ]
  expect(timesIn(root, span(2, 1, { ...none, kind: 'tool', tool: tool(), events }))).toMatchObject({
    tools: [[at(9), null]],
    events: [`app.note ${at(4)}`, `tool.called ${at(1)}`, `tool.completed ${at(9)}`],
  })
})

test('a run that messages without times report is dated likewise', () => {
  const asking = span(2, 1, { ...none, kind: 'llm', asks: [ask('c1')] })
  const answering = span(3, 1, { ...none, kind: 'llm', answers: [answer('c1')] })
  expect(timesIn(root, asking, answering)).toMatchObject({
    tools: [[at(1), null]],
    events: [`tool.called ${at(9)}`, `tool.completed ${at(1)}`],
  })
})

test('what no span dates does not date its task', () => {
  expect(timesIn(root, call(3, 8, {}, none)).task).toEqual([at(1), at(9)])
  expect(timesIn(call(3, 0, {}, none))).toMatchObject({ task: [0n, 0n], usage: [[0n, null]] })
})
