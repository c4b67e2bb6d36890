import type { Dialect } from '../table/dialect.ts'
import { genai } from './genai.ts'

/** Semantic Kernel, in Python and .NET: the conventions with older operation names (docs/dialects.md §15.4). */
export const semanticKernel: Dialect = {
  ...genai,
  name: 'Semantic Kernel',
  about: { seen: 'Python', signals: 'traces and logs', silent: 'cached and reasoning tokens' },
  detect: { scopes: ['semantic_kernel.', 'Microsoft.SemanticKernel', 'Microsoft.SemanticKernel.'] },
  kinds: [
    {
      key: 'gen_ai.operation.name',
      values: { 'chat.streaming_completions': 'llm', 'text.completions': 'llm', text_completions: 'llm' },
    },
    { kind: 'plain', name: /^AutoFunctionInvocationLoop\b/ },
    ...genai.kinds,
  ],
  events: { ...genai.events, 'gen_ai.prompt': { kind: 'llm', message: 'input' } },
}
