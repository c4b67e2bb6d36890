import type { Dialect } from '../table/dialect.ts'
import { noUsage, part } from '../table/engine-parts.ts'
import { asFlag, asName, first, type Reading, type Source } from '../table/reading.ts'

const types = ['dbos.operation.type', 'operationType']

function typeOf(reading: Reading): string {
  return first(reading, types, asName)?.toLowerCase() ?? ''
}

/** What comes back from the database was done, and paid, when it was done first. */
function isReplayed(reading: Reading): boolean {
  return first(reading, ['cached'], asFlag) === true
}

/** On other spans it is the name of a step. */
function ofWorkflow(key: string): Source {
  return (reading) => (typeOf(reading) === 'workflow' ? (reading.attributes.get(key) ?? undefined) : undefined)
}

/**
 * DBOS Transact for Python and TypeScript, with its older keys and those that follow the conventions. After a crash the
 * workflow runs again under its id, with a span of its own; TypeScript's `status` is what it was at the start.
 */
export const dbos: Dialect = {
  name: 'DBOS',
  about: { seen: 'its source, Python and TypeScript', signals: 'traces', silent: '' },
  detect: {
    scopes: ['dbos-tracer'],
    keys: ['dbos.operation.workflow_id', 'operationUUID'],
    also: (reading) => typeOf(reading) !== '',
  },
  kinds: [
    { kind: 'plain', when: isReplayed },
    { kind: 'workflow', when: (reading) => typeOf(reading) === 'workflow' },
    // what a step is, other dialects may know
    { kind: 'plain', when: (reading) => typeOf(reading) !== 'step' },
  ],
  fields: {
    workflowId: ['dbos.operation.workflow_id', 'operationUUID'],
    workflowName: [ofWorkflow('dbos.operation.name'), ofWorkflow('operationName')],
    user: ['dbos.user.name', 'authenticatedUser'],
  },
  usage: noUsage,
  run: (reading) => part(typeOf(reading) === 'workflow' && !isReplayed(reading) ? 'end' : 'outside'),
}
