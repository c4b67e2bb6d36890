import { createEvents, createLogger } from '../../src/events/events.ts'
import { openMetrics } from '../../src/metrics/registry.ts'
import { openReceiver, ownMetrics } from '../../src/receiver.ts'
import { addresses, type Settings, settingsFor, type TestReceiver } from './command.ts'
import { configOf } from './config.ts'
import { type Counters, countedEvents } from './counted-events.ts'

/** A receiver in this process; `log` has the lines that it would write, as JSON, `counters` what it has reported. */
export async function openTestReceiver(
  databaseUrl: string,
  settings: Settings = {},
): Promise<TestReceiver & { readonly counters: () => Counters; readonly log: readonly string[] }> {
  const log: string[] = []
  const logger = createLogger('info', { write: (line) => void log.push(line) })
  const config = configOf(settingsFor(databaseUrl, settings))
  const metrics = openMetrics()
  const { events, counters } = countedEvents(createEvents(logger, { metrics, countTenants: config.metricsTenants }))
  const receiver = await openReceiver(config, events, ownMetrics(metrics))
  return {
    ...addresses(receiver),
    counters,
    log,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}
