import type { Dialect } from '../table/dialect.ts'
import { genai } from './genai.ts'

/**
 * Microsoft.Extensions.AI, which follows the conventions. A client around the tool loop reports the sum of the calls
 * inside, under the response id of the last one (docs/dialects.md §15.3).
 */
export const extensionsAi: Dialect = {
  ...genai,
  name: 'Microsoft.Extensions.AI',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { scopes: ['Experimental.Microsoft.Extensions.AI', 'Microsoft.Extensions.AI'] },
  usage: { ...genai.usage, trust: 20, trustByScope: [] },
}
