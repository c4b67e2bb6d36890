import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asFlag, asName } from '../values/convert.ts'

const types = ['dbos.operation.type', 'operationType']

function typeOf(item: Item): string {
  return firstValue(item, types, asName)?.toLowerCase() ?? ''
}

/** What comes back from the database was done, and paid, when it was done first. */
function isReplayed(item: Item): boolean {
  return firstValue(item, ['cached'], asFlag) === true
}

/** On other spans it is the name of a step. */
function ofWorkflow(key: string): Source {
  return (item) => (typeOf(item) === 'workflow' ? (item.attributes.get(key) ?? undefined) : undefined)
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
    when: (item) => typeOf(item) !== '',
  },
  kinds: [
    { kind: 'plain', when: isReplayed },
    { kind: 'workflow', when: (item) => typeOf(item) === 'workflow' },
    // what a step is, other dialects may know
    { kind: 'plain', when: (item) => typeOf(item) !== 'step' },
  ],
  fields: {
    workflowId: ['dbos.operation.workflow_id', 'operationUUID'],
    workflowName: [ofWorkflow('dbos.operation.name'), ofWorkflow('operationName')],
    user: ['dbos.user.name', 'authenticatedUser'],
  },
  usage: noUsage,
  run: (item) => runPart(typeOf(item) === 'workflow' && !isReplayed(item) ? 'end' : 'outside'),
}
