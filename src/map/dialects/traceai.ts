import type { Kind } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import { unflatten } from '../values/unflatten.ts'
import { genai, genaiFields } from './genai.ts'

const spanKinds: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  embedding: 'embedding',
  reranker: 'rerank',
  tool: 'tool',
  agent: 'agent',
}

/** traceAI by Future AGI: OpenInference's flattened messages below the names of the semantic conventions. */
export const traceai: Dialect = {
  ...genai,
  name: 'traceAI',
  about: { seen: 'traceai_openai 0.1', signals: 'traces', silent: 'cached and reasoning tokens; how a tool ended' },
  detect: { keys: ['gen_ai.input.messages.', 'gen_ai.output.messages.'], with: ['gen_ai.span.kind'] },
  kinds: [{ key: 'gen_ai.span.kind', values: spanKinds }, ...genai.kinds],
  fields: {
    ...genaiFields,
    tool: [...genaiFields.tool!, ({ name }) => name],
    toolInput: [...genaiFields.toolInput!, 'input.value'],
    toolOutput: [...genaiFields.toolOutput!, 'output.value'],
  },
  messages: {
    input: [({ attributes }) => unflatten(attributes, 'gen_ai.input.messages')],
    output: [({ attributes }) => unflatten(attributes, 'gen_ai.output.messages')],
  },
}
