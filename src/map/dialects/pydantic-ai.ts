import { legacyEventList } from '../messages/legacy-event-list.ts'
import type { Dialect, Fields } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { type Source, valueAt } from '../table/source.ts'
import { child, isList, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const metadata = idsInJson('metadata')

/** The counters of a run have names of their own since version 2. */
function alsoOfRuns(field: keyof Fields): readonly Source[] {
  const own = genaiFields[field]!.filter((source) => typeof source === 'string' && source.startsWith('gen_ai.usage.'))
  return [...genaiFields[field]!, ...own.map((key) => (key as string).replace('.usage.', '.aggregated_usage.'))]
}

/**
 * A run lists all messages of its conversation; its own begin at an index. What was asked is the first of these: later
 * ones of the user's role are what tools gave back, and requests to try again.
 */
function asked(item: Item): Tree | undefined {
  const list =
    treeOf(item, 'pydantic_ai.all_messages') ?? valueAt(item, legacyEventList('all_messages_events', 'input'))
  if (!isList(list)) return undefined
  const index = Number(item.attributes.get('pydantic_ai.new_message_index') ?? 0)
  const question = list.slice(index).find((message) => child(message, 'role') === 'user')
  return question === undefined ? undefined : [question]
}

function answered(item: Item): Tree | undefined {
  const result = valueAt(item, 'final_result')
  return typeof result === 'string' ? [{ role: 'assistant', content: result }] : undefined
}

/** PydanticAI, versions 1 and 2, in all formats of its telemetry (reference: dialects §6a). */
export const pydanticAi: Dialect = {
  ...genai,
  name: 'PydanticAI',
  about: { seen: '1.107.10 and 2.68.0', signals: 'traces', silent: 'texts and arguments, with content switched off' },
  detect: { scopes: ['pydantic-ai'] },
  kinds: [{ kind: 'plain', name: /^running (\d+ )?tools$/ }, ...genai.kinds],
  fields: {
    ...genaiFields,
    ...metadata,
    // a run without a conversation gets a new id, and so does every run that it delegates to
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
    // version 1 goes on counting in a run that is delegated to with the caller's counters
    role: ({ attributes }, kind) =>
      kind === 'agent' && attributes.has('gen_ai.usage.input_tokens') ? 'lifetime' : null,
    trust: 20,
    cache: 'included',
    reasoning: 'included',
  },
  messages: {
    input: [asked, 'gen_ai.input.messages', legacyEventList('events', 'input')],
    output: [answered, 'gen_ai.output.messages', legacyEventList('events', 'output')],
  },
}
