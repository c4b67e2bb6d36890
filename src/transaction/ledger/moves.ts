import type { Node } from '../../settle/model/node.ts'
import type { Trace } from '../../settle/model/trace.ts'
import type { TraceChanges } from '../../settle/settle.ts'
import { countRows } from '../../settle/tree/large-moves.ts'
import type { Session } from '../../store/database.ts'
import { column } from '../lists.ts'
import { statement } from '../statements.ts'

/** The most rows of a trace that one transaction moves to another workflow. */
export const mostMovedRows = 5_000

/** Nodes of a trace whose rows one transaction moves. */
export interface MovePart {
  readonly version: string
  readonly part: number
  /** The workflow that the nodes are still in. */
  readonly workflow: string
  readonly nodes: readonly string[]
  /** How many parts are still in that workflow, and in any, this one included. */
  readonly leftOfWorkflow: number
  readonly left: number
}

/** Writes down the rows that settling has not moved, in parts of at most `mostRows`. `changes` are those of the traces, in their order. */
export async function writeMoves(
  session: Session,
  traces: readonly { readonly trace: Trace; readonly version: number }[],
  changes: readonly TraceChanges[],
  mostRows: number,
): Promise<void> {
  const parts = []
  for (const [i, { trace, version }] of traces.entries()) {
    const lists = partsOf(changes[i]!.delayed, mostRows)
    for (const [part, nodes] of lists.entries()) parts.push({ trace: trace.id, version, part, nodes })
  }
  if (parts.length === 0) return
  await session.query(statement('add_moves'), [
    column(parts, 'trace'),
    column(parts, 'version'),
    column(parts, 'part'),
    parts.map(({ nodes }) => nodes[0]!.movesFrom),
    parts.map(({ nodes }) => nodes.map(({ facts }) => facts.id).join(' ')),
  ])
}

/** Cuts nodes into parts of one former workflow each, which have at most so many rows, or a single node. */
export function partsOf(nodes: readonly Node[], mostRows: number): Node[][] {
  const parts: Node[][] = []
  const open = new Map<string, { nodes: Node[]; rows: number }>()
  for (const node of nodes) {
    const rows = countRows(node.rows!)
    const part = open.get(node.movesFrom!)
    if (part !== undefined && part.rows + rows <= mostRows) {
      part.nodes.push(node)
      part.rows += rows
      continue
    }
    const fresh = { nodes: [node], rows }
    open.set(node.movesFrom!, fresh)
    parts.push(fresh.nodes)
  }
  return parts
}

/** Reads, by trace and node, the workflows in which nodes of locked traces still are. */
export async function readMoves(
  session: Session,
  traces: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  if (traces.length === 0) return new Map()
  const rows = await session.query<{ trace: string; workflow: string; nodes: string }>(statement('find_moves'), [
    traces,
  ])
  const moves = new Map(traces.map((trace) => [trace, new Map<string, string>()]))
  for (const { trace, workflow, nodes } of rows)
    for (const node of nodes.split(' ')) moves.get(trace)!.set(node, workflow)
  return moves
}

/** Reads the next part of a locked trace to move; null where none is left. */
export async function nextMove(session: Session, trace: string): Promise<MovePart | null> {
  const [row] = await session.query<Omit<MovePart, 'nodes'> & { readonly nodes: string }>(statement('next_move'), [
    trace,
  ])
  return row === undefined ? null : { ...row, nodes: row.nodes.split(' ') }
}

/** Notes that the rows of a part have been moved. */
export async function endMove(session: Session, trace: string, { version, part, left }: MovePart): Promise<void> {
  await session.query(statement('end_move'), [trace, version, part, left === 1])
}

/** Finds traces whose moves nobody has gone on with for so many seconds. */
export async function findIdleMoves(session: Session, seconds: number): Promise<string[]> {
  const rows = await session.query<{ trace: string }>(statement('idle_moves'), [seconds])
  return rows.map(({ trace }) => trace)
}

/** Finds the traces with moves out of a run or into it. */
export async function findMovesOfRun(session: Session, workflow: string): Promise<string[]> {
  const rows = await session.query<{ trace: string }>(statement('moves_of_run'), [workflow])
  return rows.map(({ trace }) => trace)
}
