/** What a field of the dialect tables is. */
export interface Field {
  /** The field's name in the settings, where operators add attributes of their own. */
  readonly setting: string
  /** The column that the field fills, as the documentation names it. */
  readonly column: string
  /**
   * How the plain attribute of the same meaning is read besides the dialect's own. `appended`: after the sources of every
   * dialect. `stamped`: as an id, which is looked up in all dialects that match an item, the plain one last. `text`: only
   * on the items that derive/statements.ts allows, because the names are everyday words. Absent: not at all.
   */
  readonly plain?: 'appended' | 'stamped' | 'text'
}

/** All fields that a dialect table may name. `duration` is that of a log record, in milliseconds. */
export const fieldTable = {
  workflowId: { setting: 'workflow_id', column: 'task_executions.workflow_id', plain: 'stamped' },
  workflowName: { setting: 'workflow_name', column: 'task_executions.metadata', plain: 'appended' },
  parentWorkflow: { setting: 'parent_workflow_id', column: 'task_executions.metadata', plain: 'stamped' },
  user: { setting: 'user_id', column: 'users.external_id', plain: 'stamped' },
  session: { setting: 'session_id', column: 'task_executions.session_id', plain: 'stamped' },
  conversation: {
    setting: 'conversation_id',
    column: 'task_executions.session_id (where nothing names a session)',
    plain: 'appended',
  },
  tenant: { setting: 'tenant_id', column: 'tenant_id', plain: 'stamped' },
  agent: { setting: 'agent_name', column: 'agent_id', plain: 'appended' },
  query: { setting: 'query', column: 'task_executions.query', plain: 'text' },
  result: { setting: 'result', column: 'task_executions.result', plain: 'text' },
  mode: { setting: 'mode', column: 'task_executions.mode', plain: 'text' },
  complexity: { setting: 'complexity_score', column: 'task_executions.complexity_score', plain: 'text' },
  provider: { setting: 'provider', column: 'token_usage.provider' },
  model: { setting: 'model', column: 'token_usage.model (where the response names none)' },
  responseModel: { setting: 'response_model', column: 'token_usage.model' },
  responseId: { setting: 'response_id', column: 'token_usage.response_id' },
  prompt: { setting: 'prompt_tokens', column: 'token_usage.prompt_tokens' },
  completion: { setting: 'completion_tokens', column: 'token_usage.completion_tokens' },
  total: {
    setting: 'total_tokens',
    column: 'token_usage.total_tokens (where prompt or completion is missing)',
  },
  cacheRead: { setting: 'cache_read_tokens', column: 'token_usage.cache_read_tokens' },
  cacheWrite: { setting: 'cache_creation_tokens', column: 'token_usage.cache_creation_tokens' },
  reasoning: { setting: 'reasoning_tokens', column: 'token_usage.reasoning_tokens' },
  cacheWrite1h: { setting: 'cache_creation_1h_tokens', column: 'token_usage.cache_creation_1h_tokens' },
  audioInput: { setting: 'audio_input_tokens', column: 'token_usage.audio_input_tokens' },
  audioOutput: { setting: 'audio_output_tokens', column: 'token_usage.audio_output_tokens' },
  imageInput: { setting: 'image_input_tokens', column: 'token_usage.image_input_tokens' },
  imageOutput: { setting: 'image_output_tokens', column: 'token_usage.image_output_tokens' },
  webSearches: { setting: 'web_searches', column: 'token_usage.web_searches' },
  serviceTier: { setting: 'service_tier', column: 'token_usage.service_tier' },
  apiKey: { setting: 'api_key_id', column: 'token_usage.api_key_id', plain: 'appended' },
  project: { setting: 'project_id', column: 'token_usage.project_id', plain: 'appended' },
  cost: { setting: 'cost_usd', column: 'token_usage.cost_usd' },
  cacheHit: { setting: 'cache_hit', column: 'task_executions.cache_hits' },
  tool: { setting: 'tool_name', column: 'tool_executions.tool_name', plain: 'appended' },
  callId: {
    setting: 'tool_call_id',
    column: 'joins a tool run with the messages that ask for it',
    plain: 'appended',
  },
  toolInput: { setting: 'tool_input', column: 'tool_executions.input_params' },
  toolOutput: { setting: 'tool_output', column: 'tool_executions.output' },
  success: { setting: 'success', column: 'status, tool_executions.success' },
  status: { setting: 'status', column: 'status, tool_executions.success' },
  error: { setting: 'error', column: 'error_message, tool_executions.error' },
  duration: { setting: 'duration_ms', column: 'tool_executions.duration_ms (of a log record)' },
} as const

export type FieldName = keyof typeof fieldTable

/** The fields that are ids which clients and processors stamp on spans of other dialects. */
export type StampedId = {
  [Name in FieldName]: (typeof fieldTable)[Name] extends { readonly plain: 'stamped' } ? Name : never
}[FieldName]

export const fieldNames: readonly FieldName[] = Object.keys(fieldTable) as FieldName[]

/** Returns how the plain attribute of a field is read besides the dialect's own; undefined: not at all. */
export function plainUseOf(name: FieldName): Field['plain'] {
  const field: Field = fieldTable[name]
  return field.plain
}
