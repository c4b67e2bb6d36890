import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import type { Source } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { child, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

/** A crew is asked for what its first task describes. */
function firstTask(item: Item): Tree | undefined {
  return inputMessagesIn(child(child(treeOf(item, 'crewai.crew.tasks'), 0), 'description'))
}

/** The counters of a crew's agents as OpenLLMetry writes them: Python's `repr` of a dictionary, or `name=number` pairs. */
function crewCounter(name: string): Source[] {
  const pair = new RegExp(`\\b${name}=(\\d+)`)
  const read = ({ attributes }: Item) => pair.exec(asName(attributes.get(pairs) ?? null) ?? '')?.[1]
  return [
    { key: 'crewai.crew.usage_metrics', path: [name] },
    { key: pairs, read },
  ]
}

const pairs = 'crewai.crew.token_usage'

/**
 * CrewAI's events as spans, and the telemetry about the product, which may reach an application's exporter
 * (docs/dialects.md §18.1).
 */
export const crewai: Dialect = {
  ...genai,
  name: 'CrewAI',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { keys: ['crewai.execution_uuid', 'crewai.crew.'], scopes: ['crewai.telemetry'] },
  kinds: [
    { kind: 'plain', when: ({ scope }) => scope === 'crewai.telemetry' },
    { kind: 'workflow', name: /^(execute (crew|flow)\b|crewai\.workflow$)/ },
    { kind: 'task', name: /^execute task\b/ },
    { kind: 'agent', name: /^execute agent\b/ },
    { kind: 'llm', name: /^call llm\b/ },
    { kind: 'tool', name: /^call tool\b/ },
    { kind: 'plain', name: /^(call method|execute method|agent reasoning)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    // below a span of the application, the run is the application's
    workflowId: [({ isTop, attributes }) => (isTop ? attributes.get('crewai.execution_uuid') : undefined)],
    // CrewAI writes the id of a task, an agent or a kickoff there
    conversation: [],
    prompt: [...genaiFields.prompt!, ...crewCounter('prompt_tokens')],
    completion: [...genaiFields.completion!, ...crewCounter('completion_tokens')],
    cacheRead: [...genaiFields.cacheRead!, ...crewCounter('cached_prompt_tokens')],
    cacheWrite: [...genaiFields.cacheWrite!, ...crewCounter('cache_creation_tokens')],
    reasoning: [...genaiFields.reasoning!, ...crewCounter('reasoning_tokens')],
  },
  usage: {
    ...genai.usage,
    // a crew sums the counters of its agents, which count over their whole lifetime
    role: (item, kind) => (kind === 'workflow' ? 'lifetime' : genai.usage.role!(item, kind)),
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, firstTask],
    output: [...genai.messages!.output, ({ attributes }) => outputMessagesIn(attributes.get('crewai.crew.result'))],
  },
}
