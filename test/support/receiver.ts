import { readConfig } from '../../src/config.ts'
import { createEvents, createLogger, type Events } from '../../src/events.ts'
import { openReceiver } from '../../src/receiver.ts'
import { addresses, type Settings, settingsFor, type TestReceiver } from './command.ts'

/** A receiver in this process. */
export async function openTestReceiver(
  databaseUrl: string,
  settings: Settings = {},
): Promise<TestReceiver & { readonly events: Events }> {
  const events = createEvents(createLogger('silent'))
  const receiver = await openReceiver(readConfig(settingsFor(databaseUrl, settings)), events)
  return {
    ...addresses(receiver),
    events,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}
