import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue, valueAt } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

const spanKinds: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  generation: 'llm',
  embedding: 'embedding',
  reranker: 'rerank',
  tool: 'tool',
  agent: 'agent',
  workflow: 'workflow',
  entry: 'workflow',
  // a node of a workflow, a round of an agent
  task: 'plain',
  step: 'plain',
  retriever: 'plain',
  memory: 'plain',
}

function isChain(item: Item): boolean {
  return firstValue(item, ['gen_ai.span.kind'], asName)?.toUpperCase() === 'CHAIN'
}

const [byOperation, ...others] = genai.kinds

/**
 * The semantic conventions with the kind of a span beside its operation, or in its place: Dify by itself and for the
 * collectors of Alibaba Cloud and Tencent, and LoongSuite. Dify's numbers are those of the provider, unchanged
 * (docs/dialects.md §19.6).
 */
export const dify: Dialect = {
  ...genai,
  name: 'Dify and LoongSuite',
  about: {
    seen: 'their source',
    signals: 'traces',
    silent: 'the id of a run; with Dify cached and reasoning tokens',
  },
  detect: { keys: ['gen_ai.span.kind'], without: ['openinference.span.kind', 'fi.span.kind'] },
  kinds: [
    byOperation!,
    { key: 'gen_ai.span.kind', values: spanKinds },
    { kind: 'workflow', when: (item) => item.isTop && isChain(item) },
    { kind: 'plain', when: isChain },
    ...others,
  ],
  fields: {
    ...genaiFields,
    model: [...genaiFields.model!, 'gen_ai.model_name', 'gen_ai.request.model_name'],
    tool: [...genaiFields.tool!, 'tool.name'],
    toolInput: [...genaiFields.toolInput!, 'tool.parameters', 'input.value'],
    toolOutput: [...genaiFields.toolOutput!, 'output.value'],
  },
  messages: {
    ...genai.messages!,
    input: [
      ...genai.messages!.input,
      (item) => inputMessagesIn(valueAt(item, 'input.value') ?? valueAt(item, 'gen_ai.entity.input')),
    ],
    output: [
      ...genai.messages!.output,
      (item) => outputMessagesIn(valueAt(item, 'output.value') ?? valueAt(item, 'gen_ai.entity.output')),
    ],
  },
}
