import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventFact, Facts } from '../../src/map/facts/facts.ts'
import { waitsForParent } from '../../src/settle/model/node.ts'
import type { NodeRows, RowChanges } from '../../src/settle/model/rows.ts'
import { emptyTrace, isEntry, type Trace, workflowOf } from '../../src/settle/model/trace.ts'
import { forgetContent } from '../../src/settle/rows/event-stubs.ts'
import { settle } from '../../src/settle/settle.ts'
import { foldShares, replaceShare } from '../../src/settle/share/fold-shares.ts'
import type { Share } from '../../src/settle/share/share.ts'
import { noShare } from '../../src/settle/share/share.ts'
import { taskRow } from '../../src/settle/workflow/task-row.ts'
import { arrivals, durableSets, factSets } from './arbitrary.ts'
import { standsAs, toolRuns } from './durable.ts'
import { judge } from './oracle.ts'

const noPrice = () => ({ costNano: null, provider: null })

/** The fact tables as a reader would see them, kept by applying changes. */
class Tables {
  readonly rows = new Map<string, unknown>()
  readonly workflows = new Map<string, Share>()

  apply(changes: RowChanges): void {
    for (const [table, change] of Object.entries(changes)) {
      for (const { id } of change.removed)
        expect(this.rows.delete(`${table} ${id}`), `a row that is there is removed: ${table}`).toBe(true)
      for (const row of change.added) {
        expect(this.rows.has(`${table} ${row.id}`), `a new row is new: ${table}`).toBe(false)
        this.rows.set(`${table} ${row.id}`, row)
      }
      for (const row of 'moved' in change ? change.moved : []) {
        const old = this.rows.get(`${table} ${row.id}`) as object
        expect(old, `a row that moves is there: ${table}`).toBeDefined()
        this.rows.set(`${table} ${row.id}`, { ...old, place: row.place })
      }
    }
  }
}

function play(batches: readonly Facts[][]): { traces: Map<string, Trace>; tables: Tables } {
  const traces = new Map<string, Trace>()
  const tables = new Tables()
  const shares = new Map<string, Map<string, Share>>()
  for (const batch of batches) {
    for (const id of new Set(batch.map(({ trace }) => trace))) {
      const trace = traces.get(id) ?? emptyTrace('', id)
      traces.set(id, trace)
      const facts = batch.filter((one) => one.trace === id)
      const changes = settle(trace, facts, noPrice)
      tables.apply(changes.rows)
      forgetContent(
        trace,
        facts.map((one) => one.id),
      )
      for (const { workflow, before, after } of changes.shares) {
        const mine = shares.get(workflow) ?? new Map<string, Share>()
        shares.set(workflow, mine.set(id, after))
        const whole =
          replaceShare(tables.workflows.get(workflow) ?? noShare, before, after) ?? foldShares(mine.values())
        tables.workflows.set(workflow, whole)
        expect(taskOf(workflow, whole), 'a share replaced is the fold of all').toEqual(
          taskOf(workflow, foldShares(mine.values())),
        )
      }
    }
  }
  return { traces, tables }
}

function taskOf(workflow: string, share: Share): unknown {
  return share.nodes === 0 ? null : taskRow('', workflow, share)
}

/** What a tool's event says after it was withdrawn and came back may be less; that it is there, where and when, is law. */
function withoutContent(row: unknown): unknown {
  const { fact, events, ...rest } = row as { fact?: EventFact; events?: readonly { fact: EventFact }[] }
  if (events !== undefined) return { ...rest, events: events.map(withoutContent) }
  return fact?.type.startsWith('tool.') ? { ...rest, type: fact.type, timeNs: fact.timeNs } : row
}

function snapshot({ traces, tables }: ReturnType<typeof play>): unknown {
  return {
    rows: Object.fromEntries(
      [...tables.rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, row]) => [id, withoutContent(row)]),
    ),
    tasks: Object.fromEntries(
      [...tables.workflows]
        .filter(([, share]) => share.nodes > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([workflow, share]) => [workflow, taskOf(workflow, share)]),
    ),
    runs: [...traces].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, trace]) => [id, trace.isRun]),
  }
}

const runs = Number(process.env.SPANLEDGER_PROPERTY_RUNS ?? 300)

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
          expect(taskRow('', workflow, share)).toMatchObject(expected)
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
