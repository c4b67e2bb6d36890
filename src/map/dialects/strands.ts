import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import type { Source } from '../table/source.ts'
import { genai, genaiFields } from './genai.ts'

/** What an event of a tool's span says: its arguments, and what it gave back. */
function inEvent(name: string, key: string): Source {
  return ({ events }: Item) => events.find((event) => event.name === name)?.attributes.get(key)
}

/** Strands Agents. The provider's place has its own name; counters have an old and a new one (reference: dialects §9). */
export const strands: Dialect = {
  ...genai,
  name: 'Strands Agents',
  about: { seen: 'Python', signals: 'traces', silent: 'the provider, the model that answered, reasoning tokens' },
  detect: { scopes: ['strands.telemetry.tracer'] },
  kinds: [
    { kind: 'plain', name: /^execute_event_loop_cycle\b/ },
    { kind: 'workflow', name: /^invoke_(swarm|graph)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    toolInput: [...genaiFields.toolInput!, inEvent('gen_ai.tool.message', 'content')],
    toolOutput: [...genaiFields.toolOutput!, inEvent('gen_ai.choice', 'message')],
  },
  usage: {
    ...genai.usage,
    // an agent's counters go on from one of its runs to the next
    role: (_, kind) => (kind === 'agent' ? 'lifetime' : null),
    // Bedrock's numbers were handed through before the new names came
    cache: ({ attributes }) =>
      attributes.has('gen_ai.usage.cache_read_input_tokens') && !attributes.has('gen_ai.usage.cache_read.input_tokens')
        ? 'excluded'
        : 'inferred',
  },
}
