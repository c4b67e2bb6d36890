import { answeredIn, askedIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { idsInside } from '../table/metadata-ids.ts'
import { asCount, asName, first, type Inside, type Reading, valueAt } from '../table/reading.ts'

const inputs = ['braintrust.input_json', 'braintrust.input']
const outputs = ['braintrust.output_json', 'braintrust.output']
const metadata = idsInside('braintrust.metadata')

function attribute(name: string): Inside {
  return { key: 'braintrust.span_attributes', path: [name] }
}
function metric(name: string): Inside {
  return { key: 'braintrust.metrics', path: [name] }
}

function isOf(type: RegExp): (reading: Reading) => boolean {
  return (reading) => type.test(first(reading, [attribute('type')], asName) ?? '')
}

function given(reading: Reading, keys: readonly string[]) {
  return keys.map((key) => valueAt(reading, key)).find((value) => value !== undefined)
}

/** Braintrust's SDKs for Go, Java, Ruby and .NET (reference: dialects §19.4). */
export const braintrust: Dialect = {
  name: 'Braintrust',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { keys: ['braintrust.'] },
  kinds: [
    { kind: 'llm', when: isOf(/^llm$/) },
    { kind: 'tool', when: isOf(/^tool$/) },
    { kind: 'workflow', when: (reading) => reading.top && isOf(/^(task|eval|function)$/)(reading) },
    { kind: 'task', when: isOf(/^task$/) },
    { kind: 'plain', when: isOf(/^(function|eval|score)$/) },
    {
      kind: 'llm',
      has: ['braintrust.metrics'],
      when: (reading) => first(reading, [metric('prompt_tokens')], asCount) !== null,
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
  usage: {
    roles: { llm: 'call' },
    trust: 20,
    cache: 'asked',
    reasoning: 'asked',
    zeroCost: 'unknown',
  },
  messages: {
    input: [(reading) => askedIn(given(reading, inputs))],
    output: [(reading) => answeredIn(given(reading, outputs))],
  },
}
