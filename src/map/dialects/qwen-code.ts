import type { Dialect } from '../table/dialect.ts'
import { geminiCliFork } from './gemini-cli.ts'

/** Qwen Code. It calls any provider by OpenAI's API, and includes reasoning in the output as that API does. */
export const qwenCode: Dialect = geminiCliFork({
  name: 'Qwen Code',
  about: { seen: 'Qwen Code 0.15.10', signals: 'logs', silent: 'how a session ended' },
  scope: 'qwen-code',
  prefix: 'qwen-code',
  provider: null,
  reasoning: 'included',
})
