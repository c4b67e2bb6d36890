import { messageOf } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { removeRun } from '../../transaction/forget/remove-run.ts'
import { readRun } from '../../transaction/read/read-run.ts'
import type { Endpoint } from './endpoints.ts'
import type { Finding } from './finding.ts'
import { newProbe } from './probe.ts'

/** Sends a probe to an endpoint, looks for its task in the database, and removes it again. */
export async function checkEndpoint({ check, address, send }: Endpoint, database: Database): Promise<Finding> {
  const probe = newProbe()
  try {
    await send(probe)
  } catch (error) {
    const found = `${address}: ${messageOf(error)}`
    return { check, found, advice: adviceFor(messageOf(error)) }
  }
  const [task] = (await readRun(database, probe.workflowId)).task_executions
  await removeRun(database, probe.workflowId)
  if (task?.status === 'COMPLETED') return { check, found: `${address} took a span, and its task is in the database` }
  return {
    check,
    found: `${address} took a span, but its task is not in this database`,
    advice: 'What listens there writes into another database: give both the same settings.',
  }
}

function adviceFor(message: string): string {
  if (/^answered 40[13]|UNAUTHENTICATED|PERMISSION_DENIED/.test(message))
    return 'Set OTEL_EXPORTER_OTLP_HEADERS="x-api-key=<token>" for this command, with a token of the default tenant.'
  if (/certificate|self.signed|SSL|TLS/i.test(message))
    return 'Set OTEL_EXPORTER_OTLP_CERTIFICATE, and for mTLS OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY, for this command.'
  return 'Start `spanledger serve`, or name the address at which it listens.'
}
