import type { About, Dialect, FieldName } from '../table/dialect.ts'
import type { Source } from '../table/reading.ts'
import { dialects } from './dialects.ts'

/** One line of the documentation: which attribute fills which column. */
export interface AttributeRow {
  readonly dialect: string
  readonly attribute: string
  readonly column: string
  /** Its place among the attributes that fill the same column, from 1; functions and places inside JSON count as well. */
  readonly precedence: number
}

/** What people are told of a dialect. */
export interface DialectRow extends About {
  readonly dialect: string
  /** What its own attributes and messages tell, besides what the plain attributes on the same spans do. */
  readonly tells: readonly string[]
}

/** What a dialect tells, and the fields (or messages) that tell it. */
const tellings: readonly (readonly [string, readonly (FieldName | 'messages')[]])[] = [
  ['run', ['workflowId']],
  ['user', ['user']],
  ['session', ['session', 'conversation']],
  ['agents', ['agent']],
  ['question', ['query', 'messages']],
  ['answer', ['result', 'messages']],
  ['tokens', ['prompt', 'completion', 'total']],
  ['cached tokens', ['cacheRead']],
  ['reasoning tokens', ['reasoning']],
  ['cost', ['cost']],
  ['tools', ['tool', 'messages']],
]

/** All dialects in the order in which they are asked. */
export function dialectTable(): DialectRow[] {
  return dialects.map((dialect) => ({
    dialect: dialect.name,
    ...dialect.about,
    tells: tellings.filter(([, fields]) => fields.some((field) => isTold(dialect, field))).map(([told]) => told),
  }))
}

function isTold({ fields, messages, events }: Dialect, field: FieldName | 'messages'): boolean {
  if (field !== 'messages') return (fields[field]?.length ?? 0) > 0
  return messages !== undefined || Object.values(events ?? {}).some((rule) => rule.message !== undefined)
}

const columns: Readonly<Record<FieldName, string>> = {
  workflowId: 'task_executions.workflow_id',
  workflowName: 'task_executions.metadata',
  parentWorkflow: 'task_executions.metadata',
  user: 'users.external_id',
  session: 'task_executions.session_id',
  conversation: 'task_executions.session_id (where nothing names a session)',
  tenant: 'tenant_id',
  agent: 'agent_id',
  query: 'task_executions.query',
  result: 'task_executions.result',
  mode: 'task_executions.mode',
  complexity: 'task_executions.complexity_score',
  provider: 'token_usage.provider',
  model: 'token_usage.model (where the response names none)',
  responseModel: 'token_usage.model',
  responseId: 'tells two reports of one call',
  prompt: 'token_usage.prompt_tokens',
  completion: 'token_usage.completion_tokens',
  total: 'token_usage.total_tokens (where prompt or completion is missing)',
  cacheRead: 'token_usage.cache_read_tokens',
  cacheWrite: 'token_usage.cache_creation_tokens',
  reasoning: 'part of token_usage.completion_tokens',
  cost: 'token_usage.cost_usd',
  cacheHit: 'task_executions.cache_hits',
  tool: 'tool_executions.tool_name',
  callId: 'joins a tool run with the messages that ask for it',
  toolInput: 'tool_executions.input_params',
  toolOutput: 'tool_executions.output',
  success: 'status, tool_executions.success',
  status: 'status, tool_executions.success',
  duration: 'tool_executions.duration_ms (of a log record)',
  error: 'error_message, tool_executions.error',
}

/** The tables of all dialects as documentation, in the order in which they are asked. */
export function attributeTable(): AttributeRow[] {
  return dialects.flatMap((dialect) =>
    (Object.keys(columns) as FieldName[]).flatMap((field) => rowsOf(dialect.name, field, dialect.fields[field] ?? [])),
  )
}

function rowsOf(dialect: string, field: FieldName, sources: readonly Source[]): AttributeRow[] {
  return sources.flatMap((source, index) => {
    const attribute = nameOf(source)
    return attribute === null ? [] : [{ dialect, attribute, column: columns[field], precedence: index + 1 }]
  })
}

function nameOf(source: Source): string | null {
  if (typeof source === 'string') return source
  if (typeof source === 'function') return null
  return 'path' in source && source.path.length > 0 ? `${source.key} → ${source.path.join('.')}` : source.key
}
