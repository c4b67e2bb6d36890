import { openServers } from '../../src/databases.ts'
import { createEvents, createLogger } from '../../src/events/events.ts'
import type { Pipeline } from '../../src/pipeline.ts'
import { handleRequest } from '../../src/receiver/handle-request.ts'
import { openPipeline } from '../../src/receiver.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf, type TenantServers } from '../../src/store/tenants/tenant-servers.ts'
import { type Settings, settingsFor } from './command.ts'
import { configOf } from './config.ts'
import type { OtlpRequest } from './recordings.ts'

/** The stages of a receiver behind its two servers, which don't know yet whose a request is. */
export interface TenantPipeline extends AsyncDisposable {
  readonly pipeline: Pipeline
  readonly servers: TenantServers
  /** The lines that were logged, as JSON. */
  readonly log: readonly string[]
}

/** Opens the stages, and makes the tables of these tenants. */
export async function openTenantPipeline(
  databaseUrl: string,
  tenants: readonly string[],
  settings: Settings = {},
): Promise<TenantPipeline> {
  const config = configOf(settingsFor(databaseUrl, settings))
  const servers = await openServers(config)
  for (const tenant of tenants) await migrate(databaseOf(servers, tenant))
  const log: string[] = []
  const events = createEvents(createLogger('info', { write: (line) => void log.push(line) }))
  const pipeline = openPipeline(config, events, servers)
  return {
    pipeline,
    servers,
    log,
    async [Symbol.asyncDispose]() {
      await pipeline.queue.drained()
      await servers[Symbol.asyncDispose]()
    },
  }
}

/** Sends each request to a tenant, several at a time, again where that is asked for. Throws where something is rejected. */
export async function sendTo(
  { pipeline }: Pick<TenantPipeline, 'pipeline'>,
  requests: readonly { readonly tenant: string; readonly request: OtlpRequest }[],
  parallel = 4,
): Promise<void> {
  const waiting = requests.values()
  const worker = async () => {
    for (const { tenant, request } of waiting) {
      const { rejected, message } = await handleRequest(pipeline, { ...request, transport: 'http', tenant })
      if (rejected > 0) throw new Error(message)
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
}

/** The URL with which unqualified names mean what is in a schema. */
export function urlIn(url: string, schema: string): string {
  return `${url}?options=-csearch_path%3D${schema}`
}
