import { createHash } from 'node:crypto'
import { columnSize } from '../columns.ts'
import { defaultLimits, fitText } from './facts/column-limits.ts'
import type { Facts, RunClose } from './facts/facts.ts'
import { traceOfWorkflow } from './record.ts'

/** The end of a run, as it is stated. */
export interface StatedEnd extends Pick<RunClose, 'status' | 'reason'> {
  readonly workflow: string
  /** The trace that the workflow id is made of; null where spans name the workflow. */
  readonly trace: string | null
  /** When the run ended, and when that was stated, in nanoseconds since 1970. */
  readonly endNs: bigint
  readonly statedNs: bigint
}

/**
 * Returns the facts of a close: those of a log record that states the end of a run and nothing else. It lies where records
 * without a trace lie. A run that only its trace names is closed in that trace, so that the close follows its spans to the
 * workflow that a late one names.
 */
export function closeFacts({ workflow, trace, status, reason, endNs, statedNs }: StatedEnd): Facts {
  const close: RunClose = {
    status,
    reason: reason === null ? null : fitText(reason, defaultLimits.text),
    endNs: endNs.toString(),
  }
  const content = JSON.stringify(['close', workflow, statedNs.toString(), close])
  const digest = createHash('sha256').update(content).digest('hex')
  return {
    source: 'record',
    trace: trace ?? traceOfWorkflow(workflow),
    id: digest.slice(0, 32),
    parent: '',
    remoteParent: true,
    startNs: statedNs,
    endNs: statedNs,
    open: false,
    attributeCount: 0,
    digest,
    name: fitText('spanledger.close', columnSize.name),
    kind: 'plain',
    dialect: '',
    spanKind: 0,
    origin: 'spanledger',
    service: '',
    workflowId: trace === null ? workflow : null,
    agent: null,
    outcome: 'ok',
    error: null,
    run: null,
    close,
    endsWell: false,
    statements: {},
    usage: null,
    unknownUsage: null,
    unreadUsage: [],
    tool: null,
    asks: [],
    answers: [],
    events: [],
  }
}
