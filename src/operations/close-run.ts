import { closeFacts } from '../map/close.ts'
import { fitId } from '../map/facts/column-limits.ts'
import type { RunClose } from '../map/facts/facts.ts'
import { type ListedTask, readTask } from '../queries/runs/tasks.ts'
import { readTraces } from '../transaction/read/read-traces.ts'
import { type WriteOnceOptions, writeOnce } from '../transaction/write-once.ts'

/** How a run is closed. */
export interface CloseRequest extends Pick<RunClose, 'status' | 'reason'> {
  /** A workflow id, or the id of a task. */
  readonly id: string
  /** When the run ended, in milliseconds since 1970; null: now. */
  readonly endMs: number | null
  readonly nowMs: number
  /** Whether only what would become of it is returned, and nothing written. */
  readonly isDry?: boolean
}

/**
 * What became of a request to close a run. `closed`: the run has the status that was asked for. `ended`: its own spans have
 * ended it, so nothing was written. `unknown`: there is no such run. `unfounded`: the close is written, and the run is
 * RUNNING all the same: the ledger keeps its spans no longer, or one of its entries began later than now.
 */
export interface CloseResult {
  readonly outcome: 'closed' | 'ended' | 'unknown' | 'unfounded'
  /** The run after that; null where it is unknown. */
  readonly task: ListedTask | null
}

/**
 * States the end of a run whose own end never came. That is a fact like others (law 2): an end that comes all the same
 * counts instead, whichever came first. A run that was closed before may be closed anew, with another status.
 */
export async function closeRun(options: WriteOnceOptions, request: CloseRequest): Promise<CloseResult> {
  const { status, reason, endMs, nowMs, isDry = false } = request
  const { database, price } = options
  const task = await readTask(database, fitId(request.id))
  if (task === undefined) return { outcome: 'unknown', task: null }
  const { workflow_id: workflow, metadata } = task
  if (task.status !== 'RUNNING' && metadata?.closed === undefined) return { outcome: 'ended', task }
  if (isDry) return { outcome: 'closed', task }
  // a trace whose spans name no workflow is the workflow of its own id
  const traces = isTraceId(workflow) ? await readTraces(database, price, workflow) : []
  const own = traces.find(({ id, fallbackWorkflow }) => id === workflow && fallbackWorkflow === workflow)
  const statedNs = nanoseconds(nowMs)
  const endNs = endMs === null ? statedNs : nanoseconds(endMs)
  await writeOnce(options, [closeFacts({ workflow, trace: own?.id ?? null, status, reason, endNs, statedNs })])
  const after = (await readTask(database, workflow)) ?? null
  return { outcome: after?.status === 'RUNNING' ? 'unfounded' : 'closed', task: after }
}

function isTraceId(workflow: string): boolean {
  return /^[0-9a-f]{32}$/.test(workflow)
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.trunc(milliseconds)) * 1_000_000n
}
