import { readConfig } from '../../src/config/load.ts'
import { createEvents, createLogger, type Events } from '../../src/events.ts'
import { openReceiver } from '../../src/receiver.ts'
import { addresses, type Settings, settingsFor, type TestReceiver } from './command.ts'

/** A receiver in this process; `log` has the lines that it would write, as JSON. */
export async function openTestReceiver(
  databaseUrl: string,
  settings: Settings = {},
): Promise<TestReceiver & { readonly events: Events; readonly log: readonly string[] }> {
  const log: string[] = []
  const events = createEvents(createLogger('info', { write: (line) => void log.push(line) }))
  const receiver = await openReceiver(readConfig(settingsFor(databaseUrl, settings)), events)
  return {
    ...addresses(receiver),
    events,
    log,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}
