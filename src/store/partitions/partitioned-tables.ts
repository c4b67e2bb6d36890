/** A table whose rows are kept by month, and the column that says in which month a row belongs. */
export interface PartitionedTable {
  readonly name: string
  readonly key: string
}

/** The tables that people read, in the order in which they are partitioned. An adopted database may have any of them. */
export const factPartitions: readonly PartitionedTable[] = [
  { name: 'task_executions', key: 'started_at' },
  { name: 'event_logs', key: 'timestamp' },
  { name: 'token_usage', key: 'created_at' },
  { name: 'tool_executions', key: 'created_at' },
  { name: 'agent_executions', key: 'created_at' },
]

/** What is remembered of traces, by the month in which a trace began to arrive, or in which retention has moved it. */
export const ledgerPartitions: PartitionedTable = { name: 'ledger', key: 'epoch' }

/** All tables that are partitioned by month. */
export const partitionedTables: readonly PartitionedTable[] = [...factPartitions, ledgerPartitions]
