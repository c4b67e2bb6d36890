import type { Dialect } from '../table/dialect.ts'
import { genai } from './genai.ts'

/** OpenLIT. Its instrumentations of Anthropic and Bedrock exclude cached tokens, as these providers do (docs/dialects.md §19.2). */
export const openlit: Dialect = {
  ...genai,
  name: 'OpenLIT',
  about: { seen: 'OpenAI and Anthropic, Python', signals: 'traces', silent: 'agents; how a tool ended' },
  detect: { scopes: ['openlit.instrumentation.'] },
  kinds: [
    { key: 'gen_ai.operation.name', values: { model_request: 'llm', tool_coordination: 'plain' } },
    ...genai.kinds,
  ],
  usage: {
    ...genai.usage,
    trust: 20,
    trustByScope: [
      [/openai_agents|langchain|langgraph|crewai|claude_agent/, 20],
      [/litellm/, 10],
      [/openai|anthropic|google|vertex|bedrock|mistral|cohere|groq|ollama|together|azure/, 30],
    ],
    cache: ({ scope }) => (/\.(anthropic|bedrock)/.test(scope) ? 'excluded' : 'inferred'),
  },
}
