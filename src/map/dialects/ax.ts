import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import type { Source } from '../table/source.ts'
import { genai, genaiFields } from './genai.ts'

/** A counter of the event in which Ax states the usage of a call. */
function counted(key: string): Source {
  return ({ events }: Item) => events.find(({ name }) => name === 'gen_ai.usage')?.attributes.get(key)
}

/** Ax; its spans say what they are in their names. */
export const ax: Dialect = {
  ...genai,
  name: 'Ax',
  about: { seen: '@ax-llm/ax 24.0', signals: 'traces', silent: 'query, result, agents, arguments of tools' },
  detect: { keys: ['ax.', 'function.id', 'request.startTime'], when: ({ name }) => /^(AI |Tool: )/.test(name) },
  kinds: [{ kind: 'tool', name: /^Tool: / }, ...genai.kinds],
  fields: {
    ...genaiFields,
    // the input leaves the cached out, the total does not
    prompt: [],
    completion: [counted('gen_ai.usage.output_tokens'), ...genaiFields.completion!],
    total: [counted('gen_ai.usage.total_tokens'), ...genaiFields.total!],
    tool: ['tool.name'],
    callId: ['function.id'],
  },
}
