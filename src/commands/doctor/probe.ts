import { randomBytes } from 'node:crypto'

/** A run of one span, sent to see whether its task reaches the database. */
export interface Probe {
  readonly workflowId: string
  readonly traceId: string
  /** An OTLP/JSON request. */
  readonly request: object
}

/** Makes a probe whose ids are used nowhere else. */
export function newProbe(): Probe {
  const traceId = randomBytes(16).toString('hex')
  const workflowId = `spanledger-doctor-${traceId.slice(0, 12)}`
  const nowNs = String(BigInt(Date.now()) * 1_000_000n)
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'spanledger doctor',
    kind: 1,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs,
    attributes: [{ key: 'workflow_id', value: { stringValue: workflowId } }],
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'spanledger-doctor' } }] }
  return { workflowId, traceId, request: { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] } }
}
