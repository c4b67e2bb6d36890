import type { Dialect } from '../table/dialect.ts'
import { genai, genaiFields } from './genai.ts'

/** The tools of Effect's AI packages; its model calls speak the semantic conventions. */
export const effect: Dialect = {
  ...genai,
  name: 'Effect AI',
  about: { seen: '@effect/ai 0.37', signals: 'traces', silent: 'query, result, agents, how a tool ended' },
  detect: { keys: ['tool'], with: ['parameters'], when: ({ name }) => name === 'Toolkit.handle' },
  kinds: [{ kind: 'tool' }],
  fields: { ...genaiFields, tool: ['tool'], toolInput: ['parameters'] },
}
