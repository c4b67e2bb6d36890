import { legacyEventList } from '../messages/legacy-event-list.ts'
import type { Dialect, Fields } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { type Source, valueAt } from '../table/source.ts'
import { child, isList, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const metadata = idsInJson('metadata')

/** Adds the names that the counters of a run have since version 2. */
function alsoOfRuns(field: keyof Fields): readonly Source[] {
  const own = genaiFields[field]!.filter((source) => typeof source === 'string' && source.startsWith('gen_ai.usage.'))
  return [...genaiFields[field]!, ...own.map((key) => (key as string).replace('.usage.', '.aggregated_usage.'))]
}

/**
 * Returns the question of a run. The run lists all messages of its conversation, and its own begin at an index: the first
 * user message from there is the question, later ones are tool results and requests to retry.
 */
function question(item: Item): Tree | undefined {
  const list =
    treeOf(item, 'pydantic_ai.all_messages') ?? valueAt(item, legacyEventList('all_messages_events', 'input'))
  if (!isList(list)) return undefined
  const index = Number(item.attributes.get('pydantic_ai.new_message_index') ?? 0)
  const message = list.slice(index).find((one) => child(one, 'role') === 'user')
  return message === undefined ? undefined : [message]
}

function finalResult(item: Item): Tree | undefined {
  const result = valueAt(item, 'final_result')
  return typeof result === 'string' ? [{ role: 'assistant', content: result }] : undefined
}

/** PydanticAI, versions 1 and 2, in all formats of its telemetry (docs/dialects.md §6a). */
export const pydanticAi: Dialect = {
  ...genai,
  name: 'PydanticAI',
  about: { seen: '1.107.10 and 2.68.0', signals: 'traces', silent: 'texts and arguments, with content switched off' },
  detect: { scopes: ['pydantic-ai'] },
  kinds: [{ kind: 'plain', name: /^running (\d+ )?tools$/ }, ...genai.kinds],
  fields: {
    ...genaiFields,
    ...metadata,
    // every run without a conversation, and every run that it delegates to, has a new id
    conversation: ['gen_ai.conversation.id', ...metadata.conversation],
    agent: ['gen_ai.agent.name', 'agent_name'],
    prompt: alsoOfRuns('prompt'),
    completion: alsoOfRuns('completion'),
    cacheRead: alsoOfRuns('cacheRead'),
    cacheWrite: alsoOfRuns('cacheWrite'),
    reasoning: alsoOfRuns('reasoning'),
    toolInput: ['gen_ai.tool.call.arguments', 'tool_arguments'],
    toolOutput: ['gen_ai.tool.call.result', 'tool_response'],
  },
  usage: {
    ...genai.usage,
    roles: { llm: 'call', embedding: 'call' },
    // in version 1, a run that is delegated to starts from the caller's counters
    role: ({ attributes }, kind) =>
      kind === 'agent' && attributes.has('gen_ai.usage.input_tokens') ? 'lifetime' : null,
    trust: 20,
    cache: 'included',
    reasoning: 'included',
  },
  messages: {
    input: [question, 'gen_ai.input.messages', legacyEventList('events', 'input')],
    output: [finalResult, 'gen_ai.output.messages', legacyEventList('events', 'output')],
  },
}
