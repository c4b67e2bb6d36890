import type { FieldName } from './dialect.ts'
import type { Source } from './reading.ts'

/** The fields in the words of the plain attributes, by which people add attributes of their own. */
export const ownNames: Readonly<Record<string, FieldName>> = {
  workflow_id: 'workflowId',
  workflow_name: 'workflowName',
  parent_workflow_id: 'parentWorkflow',
  user_id: 'user',
  session_id: 'session',
  conversation_id: 'conversation',
  tenant_id: 'tenant',
  agent_name: 'agent',
  query: 'query',
  result: 'result',
  mode: 'mode',
  complexity_score: 'complexity',
  provider: 'provider',
  model: 'model',
  response_model: 'responseModel',
  response_id: 'responseId',
  prompt_tokens: 'prompt',
  completion_tokens: 'completion',
  total_tokens: 'total',
  cache_read_tokens: 'cacheRead',
  cache_creation_tokens: 'cacheWrite',
  reasoning_tokens: 'reasoning',
  cost_usd: 'cost',
  cache_hit: 'cacheHit',
  tool_name: 'tool',
  tool_call_id: 'callId',
  tool_input: 'toolInput',
  tool_output: 'toolOutput',
  success: 'success',
  status: 'status',
  error: 'error',
  duration_ms: 'duration',
}

/**
 * Attributes that hold a field besides those of the dialects: `first` is asked before all of these, `last` after them.
 * `app.usage -> tokens.in` is a place inside an attribute that holds JSON or a structure.
 */
export interface OwnKeys {
  readonly first: readonly string[]
  readonly last: readonly string[]
}

/** By the names of `ownNames`. */
export type OwnAttributes = Readonly<Record<string, OwnKeys>>

/** Where an attribute of the configuration says that a fact stands. */
export function sourceOf(text: string): Source {
  const [key = '', path] = text.split(/\s*(?:->|→)\s*/, 2)
  return path === undefined
    ? text
    : { key, path: path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step)) }
}
