import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asFlag, asName } from '../values/convert.ts'

const types = ['dbos.operation.type', 'operationType']

function typeOf(item: Item): string {
  return firstValue(item, types, asName)?.toLowerCase() ?? ''
}

/** Whether the result came from the database: the work was done, and paid, at its first execution. */
function isReplayed(item: Item): boolean {
  return firstValue(item, ['cached'], asFlag) === true
}

/** Reads a name on workflow spans only: on other spans it is the name of a step. */
function ofWorkflow(key: string): Source {
  return (item) => (typeOf(item) === 'workflow' ? (item.attributes.get(key) ?? undefined) : undefined)
}

/**
 * DBOS Transact for Python and TypeScript, with its older keys and those of the conventions. After a crash the workflow
 * runs again under its id, with a new span. In TypeScript `status` is the status at the start, so it isn't read
 * (docs/dialects.md §21.3).
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
    // other dialects may know the kind of a step
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
