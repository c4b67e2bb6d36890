import type { RunPart } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue } from '../table/source.ts'
import { asId, asName } from '../values/convert.ts'

const status = '_inngest.dynamic.status'
const over = /^(completed|failed|cancelled)$/i

/**
 * The SDK's span is one of many executions, after each of which the run may be over: the last one tells how it stands.
 * The server knows its runs, and patches their spans by others, of which those with the function's output are the run's.
 */
function runOf(item: Item): RunPart {
  if (item.name === 'inngest.execution') return runPart('end')
  const run = firstValue(item, ['_inngest.run.id'], asId)
  if (run === null) return runPart('outside')
  const isRun = item.name === 'executor.run' || String(item.attributes.get('_inngest.is.function.output')) === 'true'
  if (!isRun) return runPart('inside', run)
  return runPart(over.test(firstValue(item, [status], asName) ?? '') ? 'end' : 'open', run)
}

/** Inngest, as its SDK writes it to an app's own exporter, and as its server does. */
export const inngest: Dialect = {
  name: 'Inngest',
  about: {
    seen: 'its source',
    signals: 'traces',
    silent: 'the end of a run, from the SDK alone: its last execution stands for it',
  },
  detect: { keys: ['sdk.run.id', '_inngest.'] },
  kinds: [
    { kind: 'workflow', name: /^(inngest\.execution|executor\.run)$/ },
    { kind: 'plain', name: /^(executor\.|EXTEND$|metadata$)/ },
  ],
  fields: {
    workflowId: ['sdk.run.id', '_inngest.run.id'],
    workflowName: ['_inngest.function.name', '_inngest.function.slug', 'sys.function.id'],
    tenant: ['_inngest.account.id'],
    status: [status],
  },
  usage: noUsage,
  run: runOf,
}
