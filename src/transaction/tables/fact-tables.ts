import { largestBigint, saturate, usd } from '../../columns.ts'
import type { EventFact } from '../../map/facts/facts.ts'
import { dashed } from '../../settle/model/ids.ts'
import type { AgentRow, RowPlace, ToolRow, UsageRow } from '../../settle/model/rows.ts'
import type { TaskRow } from '../../settle/workflow/task-row.ts'
import type { Table } from '../../store/tables/table.ts'
import type { WorkflowChange } from '../workflows/workflow-change.ts'
import { billColumns } from './bill-columns.ts'

/** The names of the tables that people read. */
export const factTableNames = [
  'task_executions',
  'event_logs',
  'token_usage',
  'tool_executions',
  'agent_executions',
  'users',
  'usage_daily_aggregates',
] as const

/** A row of event_logs, with its number. */
export interface EventEntry {
  readonly id: string
  readonly fact: EventFact
  readonly place: RowPlace
  readonly workflow: WorkflowChange
  readonly seq: bigint
}

/** A row of token_usage, with its rank in its task. */
export interface UsageEntry {
  readonly row: UsageRow
  readonly workflow: WorkflowChange
  readonly userId: string | null
  readonly sequence: number
}

/** A row of tool_executions. */
export interface ToolEntry {
  readonly row: ToolRow
  readonly workflow: WorkflowChange
}

/** A row of agent_executions. */
export interface AgentEntry {
  readonly row: AgentRow
  readonly workflow: WorkflowChange
}

/** A row of task_executions. */
export interface TaskEntry {
  readonly row: TaskRow
  readonly userId: string | null
}

/**
 * The tables that people read, with all columns that may be written. A database may lack the last columns of tools and
 * agents, which older platforms have.
 */
export interface FactTables {
  readonly tasks: Table<TaskEntry>
  readonly events: Table<EventEntry>
  readonly usage: Table<UsageEntry>
  readonly tools: Table<ToolEntry>
  readonly agents: Table<AgentEntry>
}

const tenantOf = ({ after }: WorkflowChange): string | null => after!.row.tenantId

const eventLogs: Table<EventEntry> = {
  name: 'event_logs',
  columns: [
    { name: 'id', type: 'uuid', value: ({ id }) => id },
    { name: 'workflow_id', type: 'text', length: 255, value: ({ workflow }) => workflow.workflow },
    { name: 'task_id', type: 'uuid', value: ({ workflow }) => workflow.task },
    { name: 'type', type: 'text', length: 100, value: ({ fact }) => fact.type },
    { name: 'agent_id', type: 'text', length: 255, nullable: true, value: ({ place }) => place.agent },
    { name: 'message', type: 'text', value: ({ fact }) => fact.message, encoded: ({ fact }) => fact.encodedMessage },
    {
      name: 'payload',
      type: 'jsonb',
      value: ({ fact }) => fact.payload || '{}',
      encoded: ({ fact }) => fact.encodedPayload,
    },
    { name: 'timestamp', type: 'timestamptz', value: ({ fact }) => fact.timeNs },
    { name: 'seq', type: 'int8', value: ({ seq }) => seq },
    { name: 'tenant_id', type: 'uuid', nullable: true, value: ({ workflow }) => tenantOf(workflow) },
  ],
}

const tokenUsage: Table<UsageEntry> = {
  name: 'token_usage',
  columns: [
    { name: 'id', type: 'uuid', value: ({ row }) => row.id },
    { name: 'user_id', type: 'uuid', nullable: true, value: ({ userId }) => userId },
    { name: 'task_id', type: 'uuid', value: ({ workflow }) => workflow.task },
    { name: 'provider', type: 'text', length: 50, value: ({ row }) => row.provider },
    { name: 'model', type: 'text', length: 255, value: ({ row }) => row.model },
    { name: 'prompt_tokens', type: 'int4', value: ({ row }) => row.prompt },
    { name: 'completion_tokens', type: 'int4', value: ({ row }) => row.completion },
    { name: 'total_tokens', type: 'int4', value: ({ row }) => saturate(row.prompt + row.completion) },
    { name: 'cost_usd', type: 'numeric', value: ({ row }) => usd(row.costNano) },
    { name: 'cost_nano_usd', type: 'int8', value: ({ row }) => row.costNano },
    { name: 'created_at', type: 'timestamptz', value: ({ row }) => row.endNs },
    { name: 'agent_id', type: 'text', length: 255, nullable: true, value: ({ row }) => row.place.agent },
    { name: 'cache_read_tokens', type: 'int4', value: ({ row }) => row.cacheRead },
    { name: 'cache_creation_tokens', type: 'int4', value: ({ row }) => row.cacheWrite },
    { name: 'call_sequence', type: 'int4', value: ({ sequence }) => sequence },
    { name: 'tenant_id', type: 'uuid', nullable: true, value: ({ workflow }) => tenantOf(workflow) },
    { name: 'workflow_id', type: 'text', length: 255, value: ({ workflow }) => workflow.workflow },
    ...billColumns,
  ],
}

const toolExecutions: Table<ToolEntry> = {
  name: 'tool_executions',
  columns: [
    { name: 'id', type: 'uuid', value: ({ row }) => row.id },
    { name: 'workflow_id', type: 'text', length: 255, value: ({ workflow }) => workflow.workflow },
    { name: 'agent_id', type: 'text', length: 255, nullable: true, value: ({ row }) => row.place.agent },
    { name: 'tool_name', type: 'text', length: 255, value: ({ row }) => row.name },
    { name: 'input_params', type: 'jsonb', nullable: true, value: ({ row }) => row.input },
    { name: 'output', type: 'text', nullable: true, value: ({ row }) => row.output },
    { name: 'success', type: 'boolean', value: ({ row }) => row.success },
    { name: 'error', type: 'text', nullable: true, value: ({ row }) => row.error },
    { name: 'duration_ms', type: 'int4', nullable: true, value: ({ row }) => row.durationMs },
    { name: 'metadata', type: 'jsonb', value: ({ row }) => toolMetadata(row) },
    { name: 'created_at', type: 'timestamptz', value: ({ row }) => row.endNs },
    { name: 'tenant_id', type: 'uuid', nullable: true, value: ({ workflow }) => tenantOf(workflow) },
    // the names of task, error and end in older platforms
    { name: 'task_execution_id', type: 'uuid', value: ({ workflow }) => workflow.task },
    { name: 'error_message', type: 'text', nullable: true, value: ({ row }) => row.error },
    { name: 'executed_at', type: 'timestamptz', value: ({ row }) => row.endNs },
  ],
}

function toolMetadata({ callId, attempts, source }: ToolRow): string {
  return JSON.stringify({ ...(callId !== null && { tool_call_id: callId }), ...(attempts > 1 && { attempts }), source })
}

const agentExecutions: Table<AgentEntry> = {
  name: 'agent_executions',
  columns: [
    { name: 'id', type: 'uuid', value: ({ row }) => row.id },
    { name: 'workflow_id', type: 'text', length: 255, value: ({ workflow }) => workflow.workflow },
    { name: 'task_id', type: 'text', length: 255, value: ({ workflow }) => dashed(workflow.task) },
    { name: 'agent_id', type: 'text', length: 255, value: ({ row }) => row.name },
    { name: 'input', type: 'text', value: ({ row }) => row.input },
    { name: 'output', type: 'text', nullable: true, value: ({ row }) => row.output },
    { name: 'state', type: 'text', length: 50, value: ({ row }) => row.state },
    { name: 'tokens_used', type: 'int4', value: ({ row }) => saturate(row.tokens) },
    {
      name: 'model_used',
      type: 'text',
      length: 100,
      nullable: true,
      value: ({ row }) => row.model?.slice(0, 100) ?? null,
    },
    { name: 'duration_ms', type: 'int4', value: ({ row }) => row.durationMs },
    { name: 'error_message', type: 'text', nullable: true, value: ({ row }) => row.error },
    { name: 'created_at', type: 'timestamptz', value: ({ row }) => row.startNs },
    { name: 'tenant_id', type: 'uuid', nullable: true, value: ({ workflow }) => tenantOf(workflow) },
    { name: 'task_execution_id', type: 'uuid', value: ({ workflow }) => workflow.task },
  ],
}

const taskExecutions: Table<TaskEntry> = {
  name: 'task_executions',
  columns: [
    { name: 'id', type: 'uuid', value: ({ row }) => row.id },
    { name: 'workflow_id', type: 'text', length: 255, value: ({ row }) => row.workflow },
    { name: 'user_id', type: 'uuid', nullable: true, value: ({ userId }) => userId },
    { name: 'tenant_id', type: 'uuid', nullable: true, value: ({ row }) => row.tenantId },
    { name: 'session_id', type: 'text', length: 255, nullable: true, value: ({ row }) => row.session },
    { name: 'query', type: 'text', value: ({ row }) => row.query },
    { name: 'mode', type: 'text', length: 50, nullable: true, value: ({ row }) => row.mode },
    { name: 'status', type: 'text', length: 50, value: ({ row }) => row.status },
    { name: 'started_at', type: 'timestamptz', value: ({ row }) => row.startedNs },
    {
      name: 'completed_at',
      type: 'timestamptz',
      nullable: true,
      value: ({ row }) => row.completedNs,
    },
    { name: 'result', type: 'text', nullable: true, value: ({ row }) => row.result },
    { name: 'error_message', type: 'text', nullable: true, value: ({ row }) => row.error },
    { name: 'total_tokens', type: 'int4', value: ({ row }) => row.total },
    { name: 'prompt_tokens', type: 'int4', value: ({ row }) => row.prompt },
    { name: 'completion_tokens', type: 'int4', value: ({ row }) => row.completion },
    { name: 'total_cost_usd', type: 'numeric', value: ({ row }) => usd(row.costNano) },
    {
      name: 'total_cost_nano_usd',
      type: 'int8',
      value: ({ row }) => (BigInt.asIntN(64, row.costNano) === row.costNano ? row.costNano : largestBigint),
    },
    { name: 'duration_ms', type: 'int4', nullable: true, value: ({ row }) => row.durationMs },
    { name: 'agents_used', type: 'int4', value: ({ row }) => row.agents },
    { name: 'tools_invoked', type: 'int4', value: ({ row }) => row.tools },
    { name: 'cache_hits', type: 'int4', value: ({ row }) => row.cacheHits },
    {
      name: 'complexity_score',
      type: 'numeric',
      nullable: true,
      value: ({ row }) => (row.complexity === null ? null : row.complexity.toFixed(2)),
    },
    { name: 'metadata', type: 'jsonb', value: ({ row }) => row.metadata },
    {
      name: 'model_used',
      type: 'text',
      length: 100,
      nullable: true,
      value: ({ row }) => row.model?.slice(0, 100) ?? null,
    },
    { name: 'provider', type: 'text', length: 50, nullable: true, value: ({ row }) => row.provider },
    { name: 'cache_read_tokens', type: 'int4', value: ({ row }) => row.cacheRead },
    { name: 'cache_creation_tokens', type: 'int4', value: ({ row }) => row.cacheWrite },
  ],
}

/** The tables as our migrations create them. */
export const factTables: FactTables = {
  tasks: taskExecutions,
  events: eventLogs,
  usage: tokenUsage,
  tools: toolExecutions,
  agents: agentExecutions,
}
