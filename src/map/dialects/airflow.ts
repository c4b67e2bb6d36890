import type { Dialect } from '../table/dialect.ts'
import { noUsage, part } from '../table/engine-parts.ts'
import { asId, asName, first, type Reading } from '../table/reading.ts'

const dagIds = ['airflow.dag_id', 'airflow.dag_run.dag_id']

/** A run's id is its schedule's time, the same for all DAGs: only both together name a run. */
function workflowId(reading: Reading): string | undefined {
  const run = first(reading, ['airflow.dag_run.run_id'], asId)
  const dag = first(reading, dagIds, asId)
  return run === null ? undefined : dag === null ? run : `${dag}/${run}`
}

/** The scheduler's span of the whole run: `dag_run.` since Airflow 3.1, marked by its category before. */
function isDagRun(reading: Reading): boolean {
  return reading.name.startsWith('dag_run.') || first(reading, ['airflow.category'], asName) === 'DAG runs'
}

/**
 * Airflow's spans, which its scheduler makes when a run is over, each task twice. A provider stamps the same ids on the
 * spans of its agents, which other dialects know; a run that is cleared and runs again keeps its id.
 */
export const airflow: Dialect = {
  name: 'Airflow',
  about: {
    seen: 'its documentation and source',
    signals: 'traces',
    silent: 'what a task did, but for agents of its common-ai provider',
  },
  detect: { keys: ['airflow.'] },
  kinds: [
    { kind: 'workflow', when: isDagRun },
    { kind: 'plain', name: /^(task_run|worker|trigger)\./ },
  ],
  fields: {
    workflowId: [workflowId],
    workflowName: dagIds,
    status: ['airflow.dag_run.state', 'airflow.task_instance.state'],
    error: ['airflow.dag_run.error'],
  },
  usage: noUsage,
  run: (reading) => part(isDagRun(reading) ? 'end' : 'outside'),
}
