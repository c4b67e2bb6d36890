import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { treeOrText } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { genai, genaiFields } from './genai.ts'

const operations: Readonly<Record<string, Kind>> = {
  chat: 'llm',
  embeddings: 'embedding',
  execute_tool: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'workflow',
}

/** The loop around a model's calls and its steps say nothing that the agent or the calls don't. */
const spanTypes: Readonly<Record<string, Kind>> = { workflow_step: 'task' }

const metadata = idsWithPrefix('mastra.metadata.')

const runs = ['mastra.agent_run', 'mastra.workflow_run', 'mastra.workflow_step'] as const

function inputMessages({ attributes }: Item): ReturnType<typeof inputMessagesIn> {
  return inputMessagesIn(runs.map((run) => attributes.get(`${run}.input`)).find((input) => input !== undefined))
}

function outputMessages(item: Item): ReturnType<typeof outputMessagesIn> {
  const key = runs.map((run) => `${run}.output`).find((output) => item.attributes.has(output))
  return key === undefined ? undefined : outputMessagesIn(treeOrText(item, key))
}

/** Mastra, through its exporter. */
export const mastra: Dialect = {
  ...genai,
  name: 'Mastra',
  about: { seen: 'otel-exporter 1.0 and 1.4', signals: 'traces', silent: '' },
  detect: { keys: ['mastra.span.type'] },
  kinds: [
    { key: 'gen_ai.operation.name', values: operations },
    { key: 'mastra.span.type', values: spanTypes },
    { kind: 'plain' },
  ],
  fields: {
    ...genaiFields,
    ...metadata,
    user: [...metadata.user, 'mastra.metadata.resourceId'],
    // a thread, and on all spans
    conversation: [...genaiFields.conversation!, ...metadata.conversation],
    // as exporters up to 1.0 name them
    cacheRead: [...genaiFields.cacheRead!, 'gen_ai.usage.cached_input_tokens'],
    cacheWrite: [...genaiFields.cacheWrite!, 'gen_ai.usage.cache_write_tokens'],
    status: ['mastra.workflow_run.status', 'mastra.workflow_step.status'],
  },
  // its extractor has brought every provider's counters into one form
  usage: { ...genai.usage, trust: 20, trustByScope: [], cache: 'included', reasoning: 'included' },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, inputMessages],
    output: [...genai.messages!.output, outputMessages],
  },
}
