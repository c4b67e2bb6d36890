/** A table whose rows are kept by month, and the column that says in which month a row belongs. */
export interface PartitionedTable {
  readonly name: string
  readonly key: string
}

/** The tables that `spanledger partition` partitions, in its order. */
export const partitionedTables: readonly PartitionedTable[] = [
  { name: 'task_executions', key: 'started_at' },
  { name: 'event_logs', key: 'timestamp' },
  { name: 'token_usage', key: 'created_at' },
  { name: 'tool_executions', key: 'created_at' },
  { name: 'agent_executions', key: 'created_at' },
]
