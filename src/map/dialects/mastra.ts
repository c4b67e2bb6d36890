import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, onlyTextIn, outputMessagesIn } from '../messages/function-io.ts'
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

/** Kinds by Mastra's span type. The loop around model calls, and its steps, add nothing to the agent and the calls. */
const spanTypes: Readonly<Record<string, Kind>> = { workflow_step: 'task' }

const metadata = idsWithPrefix('mastra.metadata.')

const runs = ['mastra.agent_run', 'mastra.workflow_run', 'mastra.workflow_step'] as const

function inputMessages({ attributes }: Item): ReturnType<typeof inputMessagesIn> {
  const input = runs.map((run) => attributes.get(`${run}.input`)).find((value) => value !== undefined)
  return inputMessagesIn(input) ?? (attributes.has('mastra.workflow_run.input') ? onlyTextIn(input) : undefined)
}

function outputMessages(item: Item): ReturnType<typeof outputMessagesIn> {
  const key = runs.map((run) => `${run}.output`).find((output) => item.attributes.has(output))
  return key === undefined ? undefined : outputMessagesIn(treeOrText(item, key))
}

/** Mastra, through its exporter (docs/dialects.md §10). */
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
    // a thread, which is on all spans
    conversation: [...genaiFields.conversation!, ...metadata.conversation],
    // the names in exporters up to 1.0
    cacheRead: [...genaiFields.cacheRead!, 'gen_ai.usage.cached_input_tokens'],
    cacheWrite: [...genaiFields.cacheWrite!, 'gen_ai.usage.cache_write_tokens'],
    status: ['mastra.workflow_run.status', 'mastra.workflow_step.status'],
  },
  // Mastra brings the counters of all providers into one form
  usage: { ...genai.usage, trust: 20, trustByScope: [], cache: 'included', reasoning: 'included' },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, inputMessages],
    output: [...genai.messages!.output, outputMessages],
  },
}
