import { configure } from './config/load.ts'
import type { Config } from './config/settings.ts'
import { createEvents, createLogger } from './events/events.ts'
import { openMetrics } from './metrics/registry.ts'
import { openReceiver as openConfigured, ownMetrics, type Receiver } from './receiver.ts'

export type { Receiver }

/**
 * Settings by their names in camel case (`databaseUrl`), with the values that a configuration file may give them: a text,
 * a number, a list or a map.
 */
export type ReceiverOptions = {
  readonly [Name in keyof Config]?: string | number | boolean | object
}

/** What differs from the settings of `spanledger serve`: a test of an app asks for no port, and shows what is wrong. */
const defaults: ReceiverOptions = { httpListen: '127.0.0.1:0', grpcListen: '127.0.0.1:0', logLevel: 'warn' }

/**
 * Opens a receiver in this process and resolves when it is ready, so that the tests of an app can send to it. Its ports
 * are free ones, and neither a configuration file nor the environment is read; without `databaseUrl` the rows go into
 * the embedded database in `dataDir`. `stop`, or `await using`, ends it after what is in flight is committed. Throws an
 * error whose message names the option for a value that isn't allowed, and where the database is away for longer than
 * `startTimeoutMs`.
 */
export function openReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { config } = configure({ file: null, env: {}, flags: { ...defaults, ...options } })
  const metrics = openMetrics()
  const events = createEvents(createLogger(config.logLevel), { metrics })
  return openConfigured(config, events, ownMetrics(metrics))
}
