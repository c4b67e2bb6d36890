import { legacyEventList } from '../messages/legacy-event-list.ts'
import type { Dialect } from '../table/dialect.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import type { Source } from '../table/source.ts'
import { genaiFields } from './genai.ts'
import { logfire, rawUsage } from './logfire.ts'

/** Reads the attribute `name` on spans whose own name matches. */
function named(pattern: RegExp): Source {
  return { key: 'name', read: (item) => (pattern.test(item.name) ? item.attributes.get('name') : undefined) }
}

const [ofAgent, ofTool, ofTrace] = [named(/^Agent run/), named(/^Function/), named(/^OpenAI Agents trace/)]
const metadata = idsInJson('metadata')

/**
 * Logfire's instrumentation of the OpenAI Agents SDK. Span names are templates, whose values are attributes
 * (docs/dialects.md §6b).
 */
export const logfireAgents: Dialect = {
  ...logfire,
  name: 'Logfire, OpenAI Agents',
  about: { seen: 'Logfire 5.2.0', signals: 'traces', silent: 'session ids, which it scrubs' },
  detect: { scopes: ['logfire.openai_agents'] },
  kinds: [
    { kind: 'agent', name: /^Agent run/ },
    { kind: 'tool', name: /^Function/ },
    { kind: 'workflow', name: /^OpenAI Agents trace/ },
    // tasks and turns repeat the counters of their calls; a hand-off runs no tool
    { kind: 'plain', name: /^(Task|Turn|Handoff|Guardrail|Custom)\b/ },
    { kind: 'llm', name: /^(Chat completion|Responses API)/i },
    { kind: 'plain', name: /./ },
  ],
  fields: {
    ...logfire.fields,
    ...metadata,
    session: [...metadata.session, 'group_id'],
    workflowName: [ofTrace],
    agent: [ofAgent],
    responseId: ['gen_ai.response.id', 'response_id', { key: 'response', path: ['id'] }],
    prompt: [...genaiFields.prompt!, ...rawUsage('input_tokens')],
    completion: [...genaiFields.completion!, ...rawUsage('output_tokens')],
    tool: [ofTool],
    toolInput: ['input'],
    toolOutput: ['output'],
    error: [
      { key: 'error', path: ['data', 'error'] },
      { key: 'error', path: ['message'] },
    ],
  },
  usage: { ...logfire.usage, trust: 20 },
  endsWell: (_, kind) => kind === 'workflow',
  messages: {
    input: [legacyEventList('events', 'input'), 'raw_input', 'input'],
    output: [{ key: 'response', path: ['output'] }, legacyEventList('events', 'output'), 'output'],
  },
}
