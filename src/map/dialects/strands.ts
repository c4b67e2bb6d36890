import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import type { Source } from '../table/source.ts'
import { genai, genaiFields } from './genai.ts'
import { movedTexts } from './openinference.ts'

/** Returns the source of an attribute in the first event with this name on a tool's span. */
function inEvent(name: string, key: string): Source {
  return ({ events }: Item) => events.find((event) => event.name === name)?.attributes.get(key)
}

/** Strands Agents. It writes its own name as the provider, and counters under an old and a new name (docs/dialects.md §9). */
export const strands: Dialect = {
  ...genai,
  name: 'Strands Agents',
  about: {
    seen: 'Python, and TypeScript 1.16',
    signals: 'traces',
    silent: 'the provider, the model that answered, reasoning tokens',
  },
  // the tracer of the SDK for TypeScript has the name of the service
  detect: { scopes: ['strands.telemetry.tracer'], keys: ['gen_ai.event.start_time'] },
  kinds: [
    { kind: 'plain', name: /^(execute_(event|agent)_loop_cycle|node)\b/ },
    { kind: 'workflow', name: /^invoke_(swarm|graph)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    toolInput: [...genaiFields.toolInput!, inEvent('gen_ai.tool.message', 'content'), movedTexts.arguments],
    toolOutput: [...genaiFields.toolOutput!, inEvent('gen_ai.choice', 'message'), movedTexts.result],
  },
  usage: {
    ...genai.usage,
    // an agent counts over all of its runs
    role: (_, kind) => (kind === 'agent' ? 'lifetime' : null),
    // versions without the new names pass Bedrock's counters on unchanged
    cache: ({ attributes }) =>
      attributes.has('gen_ai.usage.cache_read_input_tokens') && !attributes.has('gen_ai.usage.cache_read.input_tokens')
        ? 'excluded'
        : 'inferred',
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, movedTexts.input],
    output: [...genai.messages!.output, movedTexts.output],
  },
}
