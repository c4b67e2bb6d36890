import { airflow } from '../dialects/airflow.ts'
import { dagster } from '../dialects/dagster.ts'
import { dbos } from '../dialects/dbos.ts'
import { inngest } from '../dialects/inngest.ts'
import { prefect } from '../dialects/prefect.ts'
import { restate } from '../dialects/restate.ts'
import { temporal } from '../dialects/temporal.ts'
import { triggerDev } from '../dialects/trigger-dev.ts'
import type { Dialect } from '../table/dialect.ts'

/** The engines of durable workflows. They know the kinds of their own spans only, and leave all others to other dialects. */
export const engines: readonly Dialect[] = [temporal, restate, inngest, dbos, prefect, airflow, dagster, triggerDev]
