import fc from 'fast-check'
import { expect, test } from 'vitest'
import { waitsForParent } from '../../src/settle/model/node.ts'
import type { NodeRows } from '../../src/settle/model/rows.ts'
import { isEntry, workflowOf } from '../../src/settle/model/trace.ts'
import { taskRow } from '../../src/settle/workflow/task-row.ts'
import { propertyRuns } from '../support/property-runs.ts'
import { arrivals, durableSets, factSets } from './arbitrary.ts'
import { conversations } from './arbitrary-conversations.ts'
import { standsAs, toolRuns } from './durable.ts'
import { judge } from './oracle.ts'
import { expectReadAgain, expectSums, play, snapshot } from './play.ts'
import { type Ran, toolsThatRan } from './tool-oracle.ts'

/** Sets in which tools run. */
const toolSets = fc.oneof(conversations(false), conversations(true), factSets)

const runs = propertyRuns(200)

test('law 2: any order, any batches, any duplicates make the same rows', () => {
  fc.assert(
    fc.property(
      factSets.chain((set) => fc.tuple(arrivals(set), arrivals(set))),
      ([one, other]) => {
        expect(snapshot(play(one))).toEqual(snapshot(play(other)))
      },
    ),
    { numRuns: runs },
  )
})

test('law 2: any order of tools that spans and messages report makes the same rows', () => {
  fc.assert(
    fc.property(
      toolSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set, 4))),
      ([set, batches]) => {
        expect(snapshot(play(batches))).toEqual(snapshot(play([set])))
      },
    ),
    { numRuns: runs },
  )
})

test('law 4: after each batch the sums are those of the rows, and a trace that is read again is as it was', () => {
  fc.assert(
    fc.property(
      toolSets.chain((set) => arrivals(set, 4)),
      (batches) => {
        play(batches, (played) => {
          expectSums(played)
          expectReadAgain(played)
        })
      },
    ),
    { numRuns: runs },
  )
})

test('whose task, which agent, which usage counts: as the rules say over the whole set', () => {
  let judged = 0
  fc.assert(
    fc.property(
      factSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set))),
      ([set, batches]) => {
        const { traces } = play(batches)
        for (const [id, trace] of traces) {
          const expected = judge(set.filter((facts) => facts.trace === id))
          expect(trace.isRun).toBe(expected !== null)
          const actual = [...trace.nodes.values()].map((node) => ({
            id: node.facts.id,
            digest: node.facts.digest,
            workflow: workflowOf(trace, node),
            agent: node.inherited.agent,
            counts: node.usageState.counts,
            entry: isEntry(trace, node),
            waits: waitsForParent(node),
            toolRow: node.facts.source === 'span' && node.rows !== null && ranTool(node.rows),
          }))
          if (expected !== null) {
            judged += 1
            const rows = toolRuns(expected)
            expect(sorted(actual)).toEqual(
              sorted(
                expected.map(({ facts, workflow, agent, counts, entry, waits }) => {
                  return {
                    id: facts.id,
                    digest: facts.digest,
                    workflow,
                    agent,
                    counts,
                    entry,
                    waits,
                    toolRow: rows.has(facts),
                  }
                }),
              ),
            )
          }
        }
      },
    ),
    { numRuns: runs },
  )
  expect(judged).toBeGreaterThan(0)
})

test('which tools ran, as which calls: as the rules say over the whole set', () => {
  fc.assert(
    fc.property(
      toolSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set, 4))),
      ([set, batches]) => {
        for (const [id, trace] of play(batches).traces) {
          const expected = judge(set.filter((facts) => facts.trace === id))
          const actual = [...trace.nodes.values()].flatMap(({ facts, rows }) => ranIn(facts.id, rows))
          expect(byRun(actual)).toEqual(byRun(expected === null ? [] : toolsThatRan(expected)))
        }
      },
    ),
    { numRuns: runs },
  )
})

function ranIn(node: string, rows: NodeRows | null): Ran[] {
  if (rows === null) return []
  const tools = [...rows.tools, ...(rows.report !== null && 'tool' in rows.report ? [rows.report.tool] : [])]
  return tools.map(({ source, name, callId, input, output, success }) => ({
    node,
    source,
    name,
    callId,
    input,
    output,
    success,
  }))
}

function byRun(list: readonly Ran[]): Ran[] {
  const key = ({ node, source, callId }: Ran) => `${node} ${source} ${callId}`
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

test('a durable workflow stands as its last run does, whatever the traces that its spans lie in', () => {
  let decided = 0
  fc.assert(
    fc.property(
      durableSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set))),
      ([set, batches]) => {
        const { tables } = play(batches)
        const judged = [...new Set(set.map(({ trace }) => trace))].flatMap(
          (id) => judge(set.filter(({ trace }) => trace === id)) ?? [],
        )
        for (const [workflow, share] of tables.workflows) {
          if (share.nodes === 0) continue
          const expected = standsAs(judged.filter((one) => one.workflow === workflow))
          if (expected === null) continue
          decided += 1
          expect(taskRow(workflow, share)).toMatchObject(expected)
        }
      },
    ),
    { numRuns: runs },
  )
  expect(decided).toBeGreaterThan(0)
})

/** A row, or what may become one where all attempts at it are known. */
function ranTool({ tools, report }: NodeRows): boolean {
  return tools.some(({ source }) => source === 'span') || (report !== null && 'run' in report)
}

function sorted<T extends { id: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (a.id < b.id ? -1 : 1))
}
