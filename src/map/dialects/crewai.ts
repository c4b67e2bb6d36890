import type { Dialect } from '../table/dialect.ts'
import { genai, genaiFields } from './genai.ts'

/**
 * CrewAI's events as spans, and the telemetry about the product, which may reach an application's exporter
 * (docs/dialects.md §18.1).
 */
export const crewai: Dialect = {
  ...genai,
  name: 'CrewAI',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { keys: ['crewai.execution_uuid'], scopes: ['crewai.telemetry'] },
  kinds: [
    { kind: 'plain', when: ({ scope }) => scope === 'crewai.telemetry' },
    { kind: 'workflow', name: /^execute (crew|flow)\b/ },
    { kind: 'task', name: /^execute task\b/ },
    { kind: 'agent', name: /^execute agent\b/ },
    { kind: 'llm', name: /^call llm\b/ },
    { kind: 'tool', name: /^call tool\b/ },
    { kind: 'plain', name: /^(call method|execute method|agent reasoning)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    // below a span of the application, the run is the application's
    workflowId: [({ isTop, attributes }) => (isTop ? attributes.get('crewai.execution_uuid') : undefined)],
    // CrewAI writes the id of a task, an agent or a kickoff there
    conversation: [],
  },
}
