import type { Dialect } from '../table/dialect.ts'
import { relativeOfGeminiCli } from './gemini-cli.ts'

/** Qwen Code speaks to any provider by OpenAI's API, and counts thoughts within the output as that does. */
export const qwenCode: Dialect = relativeOfGeminiCli({
  name: 'Qwen Code',
  about: { seen: 'Qwen Code 0.15.10', signals: 'logs', silent: 'how a session ended' },
  scope: 'qwen-code',
  prefix: 'qwen-code',
  provider: null,
  reasoning: 'included',
})
