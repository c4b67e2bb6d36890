import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { frameworkUsage } from '../table/shared-parts.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'

const inputs = ['braintrust.input_json', 'braintrust.input']
const outputs = ['braintrust.output_json', 'braintrust.output']
const metadata = idsInJson('braintrust.metadata')

function attribute(name: string): PathSource {
  return { key: 'braintrust.span_attributes', path: [name] }
}
function metric(name: string): PathSource {
  return { key: 'braintrust.metrics', path: [name] }
}

function isOf(type: RegExp): (item: Item) => boolean {
  return (item) => type.test(firstValue(item, [attribute('type')], asName) ?? '')
}

function firstAttribute(item: Item, keys: readonly string[]) {
  return keys.map((key) => valueAt(item, key)).find((value) => value !== undefined)
}

/** Braintrust's SDKs for Go, Java, Ruby and .NET (docs/dialects.md §19.4). */
export const braintrust: Dialect = {
  name: 'Braintrust',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { keys: ['braintrust.'] },
  kinds: [
    { kind: 'llm', when: isOf(/^llm$/) },
    { kind: 'tool', when: isOf(/^tool$/) },
    { kind: 'workflow', when: (item) => item.isTop && isOf(/^(task|eval|function)$/)(item) },
    { kind: 'task', when: isOf(/^task$/) },
    { kind: 'plain', when: isOf(/^(function|eval|score)$/) },
    {
      kind: 'llm',
      has: ['braintrust.metrics'],
      when: (item) => firstValue(item, [metric('prompt_tokens')], asCount) !== null,
    },
  ],
  fields: {
    ...metadata,
    provider: [{ key: 'braintrust.metadata', path: ['provider'] }],
    model: [{ key: 'braintrust.metadata', path: ['model'] }],
    responseId: [{ key: 'braintrust.output_json', path: ['id'] }],
    prompt: [metric('prompt_tokens')],
    completion: [metric('completion_tokens')],
    total: [metric('tokens')],
    cacheRead: [metric('prompt_cached_tokens')],
    cacheWrite: [metric('prompt_cache_creation_tokens')],
    reasoning: [metric('completion_reasoning_tokens')],
    tool: [attribute('name'), ({ name }) => name],
    toolInput: inputs,
    toolOutput: outputs,
  },
  usage: { ...frameworkUsage, roles: { llm: 'call' } },
  messages: {
    input: [(item) => inputMessagesIn(firstAttribute(item, inputs))],
    output: [(item) => outputMessagesIn(firstAttribute(item, outputs))],
  },
}
