import type { RunPart } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue } from '../table/source.ts'
import { asId, asName } from '../values/convert.ts'

const status = '_inngest.dynamic.status'
const finalStatus = /^(completed|failed|cancelled)$/i

/**
 * Returns a span's part in a run. A span of the SDK is one of several executions, and the last one is the end of the run.
 * The server's spans name their run; it amends a run's span by further spans, marked by the function's output.
 */
function runOf(item: Item): RunPart {
  if (item.name === 'inngest.execution') return runPart('end')
  const run = firstValue(item, ['_inngest.run.id'], asId)
  if (run === null) return runPart('outside')
  const isRun = item.name === 'executor.run' || String(item.attributes.get('_inngest.is.function.output')) === 'true'
  if (!isRun) return runPart('inside', run)
  return runPart(finalStatus.test(firstValue(item, [status], asName) ?? '') ? 'end' : 'open', run)
}

/** Inngest: the spans that its SDK sends to an application's exporter, and those of its server (docs/dialects.md §21.2). */
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
