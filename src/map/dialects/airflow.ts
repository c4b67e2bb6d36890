import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue } from '../table/source.ts'
import { asId, asName } from '../values/convert.ts'

const dagIds = ['airflow.dag_id', 'airflow.dag_run.dag_id']

/** Joins the DAG's id with the run's id, which is the time of the schedule and the same in all DAGs. */
function workflowId(item: Item): string | undefined {
  const run = firstValue(item, ['airflow.dag_run.run_id'], asId)
  const dag = firstValue(item, dagIds, asId)
  return run === null ? undefined : dag === null ? run : `${dag}/${run}`
}

/** Whether the span is the scheduler's for a whole run: named `dag_run.` since Airflow 3.1, marked by a category before. */
function isDagRun(item: Item): boolean {
  return item.name.startsWith('dag_run.') || firstValue(item, ['airflow.category'], asName) === 'DAG runs'
}

/**
 * Airflow. Its scheduler makes the spans after the run, each task twice. A provider package stamps the same ids on the
 * spans of its agents, whose kinds other dialects know. A run that is cleared and runs again keeps its id
 * (docs/dialects.md §21.5).
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
  run: (item) => runPart(isDagRun(item) ? 'end' : 'outside'),
}
