import { expect } from 'vitest'
import type { EventFact, Facts } from '../../src/map/facts/facts.ts'
import type { AgentRow, EventRow, RowChanges, RowPlace, ToolRow, UsageRow } from '../../src/settle/model/rows.ts'
import { emptyTrace, type Trace } from '../../src/settle/model/trace.ts'
import type { PriceLookup } from '../../src/settle/prices/prices.ts'
import { forgetContent } from '../../src/settle/rows/event-stubs.ts'
import { packNodes } from '../../src/settle/rows/pack-nodes.ts'
import { settle, type TraceChanges } from '../../src/settle/settle.ts'
import { foldShares, replaceShare } from '../../src/settle/share/fold-shares.ts'
import { noShare, type Share } from '../../src/settle/share/share.ts'
import { taskRow } from '../../src/settle/workflow/task-row.ts'
import { noPrice } from '../support/prices.ts'

const unpriced = noPrice

/** The fact tables as a reader of the database sees them: kept by applying the changes of each batch. */
export class Tables {
  readonly rows = new Map<string, unknown>()
  /** By workflow, then by trace. */
  readonly shares = new Map<string, Map<string, Share>>()
  readonly workflows = new Map<string, Share>()

  apply(changes: RowChanges): void {
    for (const [table, change] of Object.entries(changes)) {
      for (const { id } of change.removed)
        expect(this.rows.delete(`${table} ${id}`), `a row that is there is removed: ${table}`).toBe(true)
      for (const row of change.added) {
        expect(this.rows.has(`${table} ${row.id}`), `a new row is new: ${table}`).toBe(false)
        this.rows.set(`${table} ${row.id}`, row)
      }
      for (const row of 'moved' in change ? [...change.moved, ...change.reassigned] : []) {
        const old = this.rows.get(`${table} ${row.id}`) as object
        expect(old, `a row that moves is there: ${table}`).toBeDefined()
        const moved =
          'fact' in row && 'fact' in old ? { fact: { ...(old.fact as EventFact), timeNs: row.fact.timeNs } } : {}
        this.rows.set(`${table} ${row.id}`, { ...old, place: row.place, ...moved })
      }
    }
  }

  of<Row>(table: string): Row[] {
    return [...this.rows].filter(([key]) => key.startsWith(`${table} `)).map(([, row]) => row as Row)
  }
}

export interface Played {
  readonly traces: Map<string, Trace>
  readonly tables: Tables
}

/** How a batch is settled: with `settle`, unless a test wants more of it. */
export type SettleBatch = (trace: Trace, arrivals: readonly Facts[], price: PriceLookup) => TraceChanges

/** Nodes are packed as soon as they can be, which a receiver does only in long traces. */
const packing = { mostUnpacked: 1, nodesInPack: 2 }

/** Sends batches through `settle`, one trace after another. `afterEach` sees what is there after each batch. */
export function play(
  batches: readonly (readonly Facts[])[],
  afterEach?: (played: Played) => void,
  settleBatch: SettleBatch = settle,
): Played {
  const traces = new Map<string, Trace>()
  const tables = new Tables()
  for (const batch of batches) {
    for (const id of new Set(batch.map(({ trace }) => trace))) {
      const trace = traces.get(id) ?? emptyTrace(id)
      traces.set(id, trace)
      const facts = batch.filter((one) => one.trace === id)
      const changes = settleBatch(trace, facts, unpriced)
      tables.apply(changes.rows)
      forgetContent(
        trace,
        facts.map((one) => one.id),
      )
      packNodes(trace, packing)
      applyShares(tables, id, changes)
    }
    afterEach?.({ traces, tables })
  }
  return { traces, tables }
}

/** Keeps the workflows by what a trace contributes to them. */
export function applyShares(tables: Tables, trace: string, { shares }: TraceChanges): void {
  for (const { workflow, before, after } of shares) {
    const mine = tables.shares.get(workflow) ?? new Map<string, Share>()
    tables.shares.set(workflow, mine.set(trace, after))
    const whole = replaceShare(tables.workflows.get(workflow) ?? noShare, before, after) ?? foldShares(mine.values())
    tables.workflows.set(workflow, whole)
    expect(taskOf(workflow, whole), 'a share replaced is the fold of all').toEqual(
      taskOf(workflow, foldShares(mine.values())),
    )
  }
}

export function taskOf(workflow: string, share: Share): unknown {
  return share.nodes === 0 ? null : taskRow(workflow, share)
}

/** Law 4: what the shares of the workflows sum up is what the rows say. */
export function expectSums({ tables }: Played): void {
  const rows = {
    usage: byWorkflow(tables.of<UsageRow>('usage')),
    tools: byWorkflow(tables.of<ToolRow>('tools')),
    agents: byWorkflow(tables.of<AgentRow>('agents')),
    toolEvents: byWorkflow(tables.of<EventRow>('events').filter(({ fact }) => fact.type === 'tool.called')),
  }
  const stored = new Map([...tables.workflows].map(([workflow, share]) => [workflow, share]))
  for (const ofTable of Object.values(rows))
    for (const workflow of ofTable.keys()) expect(stored.has(workflow), 'a row has a task').toBe(true)
  for (const [workflow, { sums, tools, agents }] of stored) {
    const calls = rows.usage.get(workflow) ?? []
    const runs = rows.tools.get(workflow) ?? []
    expect({
      calls: sums.calls,
      prompt: sums.prompt,
      completion: sums.completion,
      costNano: sums.costNano,
      tools: sums.tools,
      toolEvents: sums.tools,
      runsByTool: sorted(tools),
      runsByAgent: sorted(agents),
    }).toEqual({
      calls: calls.length,
      prompt: calls.reduce((sum, row) => sum + row.prompt, 0),
      completion: calls.reduce((sum, row) => sum + row.completion, 0),
      costNano: calls.reduce((sum, row) => sum + row.costNano, 0n),
      tools: runs.length,
      toolEvents: (rows.toolEvents.get(workflow) ?? []).length,
      runsByTool: sorted(counts(runs)),
      runsByAgent: sorted(counts(rows.agents.get(workflow) ?? [])),
    })
  }
}

function byWorkflow<Row extends { readonly place: RowPlace }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.place.workflow)
    if (group === undefined) groups.set(row.place.workflow, [row])
    else group.push(row)
  }
  return groups
}

/** A trace that is read again, in which all facts come at once, has the rows that it had. */
export function expectReadAgain({ traces }: Played): void {
  for (const trace of traces.values()) {
    const again = emptyTrace(trace.id)
    const facts = [...trace.nodes.values()].map((node) => node.facts)
    settle(again, facts, unpriced)
    expect(rowsByNode(again), 'a trace that is read again').toEqual(rowsByNode(trace))
  }
}

function rowsByNode(trace: Trace): unknown {
  return [...trace.nodes.values()]
    .map(({ facts, rows }) => ({
      id: facts.id,
      usage: rows?.usage,
      report: rows?.report && withoutContent(rows.report),
      agent: rows?.agent,
      tools: byId(rows?.tools ?? []),
      events: byId(rows?.events ?? []).map(withoutContent),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function counts(rows: readonly { readonly name: string }[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const { name } of rows) found.set(name, (found.get(name) ?? 0) + 1)
  return found
}

function sorted(map: ReadonlyMap<string, number>): [string, number][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** A tool's event that was withdrawn and came back may say less; that it is there, where and when, is law. */
function withoutContent(row: unknown): unknown {
  const { fact, events, ...rest } = row as { fact?: EventFact; events?: readonly { fact: EventFact }[] }
  if (events !== undefined) return { ...rest, events: events.map(withoutContent) }
  return fact?.type.startsWith('tool.') ? { ...rest, type: fact.type, timeNs: fact.timeNs } : row
}

/** All that law 2 speaks of: equal snapshots are equal ledgers. */
export function snapshot({ traces, tables }: Played): unknown {
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
