import type { Dialect } from '../dialect.ts'
import { airflow } from './airflow.ts'
import { dagster } from './dagster.ts'
import { dbos } from './dbos.ts'
import { inngest } from './inngest.ts'
import { prefect } from './prefect.ts'
import { restate } from './restate.ts'
import { temporal } from './temporal.ts'
import { triggerDev } from './trigger-dev.ts'

/** The engines of durable workflows, which know their own spans by name and leave the others to whoever does. */
export const engines: readonly Dialect[] = [temporal, restate, inngest, dbos, prefect, airflow, dagster, triggerDev]
