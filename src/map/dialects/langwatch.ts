import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, onlyTextIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import type { Source } from '../table/source.ts'
import { child, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const spanTypes: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  tool: 'tool',
  agent: 'agent',
  workflow: 'workflow',
  rag: 'plain',
  chain: 'plain',
  guardrail: 'plain',
  evaluation: 'plain',
}

/** The value in LangWatch's envelope `{"type": "json" | "text" | "chat_messages" | …, "value": …}`. */
function valueIn(key: string): (item: Item) => Tree | undefined {
  return (item) => child(treeOf(item, key), 'value')
}

const input = valueIn('langwatch.input')
const output = valueIn('langwatch.output')

/** A counter of `langwatch.metrics`, which Python writes bare and TypeScript in the envelope. */
function metric(...names: readonly string[]): Source[] {
  const paths = names.flatMap((name) => [[name], ['value', name]])
  return paths.map((path) => ({ key: 'langwatch.metrics', path }))
}

const metadata = idsInJson('metadata')

/** A model is named with the provider in front: `openai/gpt-4o-mini`. */
function partOfModel(part: RegExp): Source {
  return {
    key: 'gen_ai.request.model',
    read: ({ attributes }) => part.exec(String(attributes.get('gen_ai.request.model')))?.[1],
  }
}

/** LangWatch's SDKs. */
export const langwatch: Dialect = {
  ...genai,
  name: 'LangWatch',
  about: { seen: 'langwatch 1.4 in Python and 0.16 in TypeScript', signals: 'traces', silent: '' },
  detect: { keys: ['langwatch.span.type'] },
  kinds: [
    { kind: 'workflow', when: ({ isTop, attributes }) => isTop && attributes.get('langwatch.span.type') === 'span' },
    { key: 'langwatch.span.type', values: spanTypes },
    { kind: 'plain' },
  ],
  fields: {
    ...genaiFields,
    workflowId: metadata.workflowId,
    user: ['langwatch.user.id', ...metadata.user],
    session: ['langwatch.thread.id', ...metadata.session],
    conversation: metadata.conversation,
    tenant: metadata.tenant,
    agent: [...genaiFields.agent!, ({ name }) => name],
    provider: [partOfModel(/^([\w.-]+)\//), ...genaiFields.provider!],
    model: [partOfModel(/^[\w.-]+\/(.+)$/), ...genaiFields.model!],
    prompt: [...metric('prompt_tokens', 'promptTokens'), ...genaiFields.prompt!],
    completion: [...metric('completion_tokens', 'completionTokens'), ...genaiFields.completion!],
    reasoning: [...metric('reasoning_tokens', 'reasoningTokens'), ...genaiFields.reasoning!],
    cacheRead: [...metric('cache_read_input_tokens', 'cacheReadInputTokens'), ...genaiFields.cacheRead!],
    cacheWrite: [...metric('cache_creation_input_tokens', 'cacheCreationInputTokens'), ...genaiFields.cacheWrite!],
    cost: [...metric('cost'), ...genaiFields.cost!],
    tool: [({ name }) => name],
    toolInput: [input],
    toolOutput: [output],
  },
  messages: {
    input: [(item) => inputMessagesIn(input(item)) ?? onlyTextIn(input(item))],
    output: [(item) => outputMessagesIn(output(item))],
  },
}
