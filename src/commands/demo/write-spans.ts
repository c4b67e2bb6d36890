import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Config } from '../../config/settings.ts'
import { asError, Unavailable } from '../../errors.ts'
import { createEvents, createLogger } from '../../events/events.ts'
import { sdkSpans, slicesOf } from '../../exporting/slices.ts'
import { handleItems } from '../../receiver/handle-request.ts'
import { openPipeline } from '../../receiver.ts'
import type { Database } from '../../store/database.ts'
import { oneServer } from '../../store/tenants/tenant-servers.ts'

/** Returns what writes spans into the tables of a tenant, through all stages of a receiver but its servers. */
export function tenantExporter(config: Config, database: Database): SpanExporter {
  const events = createEvents(createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel))
  const pipeline = openPipeline(config, events, oneServer(database, 1))
  const write = async (spans: Parameters<SpanExporter['export']>[0]) => {
    for (const items of slicesOf(sdkSpans, spans, database.tenant)) {
      const { rejected, message } = await handleItems(pipeline, items)
      if (rejected > 0) throw new Unavailable(message)
    }
  }
  return {
    export: (spans, callback) => {
      write(spans).then(
        () => callback({ code: 0 }),
        (error: unknown) => callback({ code: 1, error: asError(error) }),
      )
    },
    shutdown: () => pipeline.queue.drained(),
  }
}
