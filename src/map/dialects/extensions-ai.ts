import type { Dialect } from '../table/dialect.ts'
import { genai } from './genai.ts'

/**
 * Microsoft.Extensions.AI: the conventions as they are. A client outside of the loop over tools reports the sum of the
 * calls inside under the id of the last one, which covers it (reference: dialects §15.3).
 */
export const extensionsAi: Dialect = {
  ...genai,
  name: 'Microsoft.Extensions.AI',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { scopes: ['Experimental.Microsoft.Extensions.AI', 'Microsoft.Extensions.AI'] },
  usage: { ...genai.usage, trust: 20, trustByScope: [] },
}
