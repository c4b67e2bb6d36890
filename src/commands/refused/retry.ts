import { createEvents, createLogger } from '../../events/events.ts'
import { retryRefused } from '../../operations/retry-refused.ts'
import { openPipeline } from '../../receiver.ts'
import { oneServer } from '../../store/tenants/tenant-servers.ts'
import { escapedText } from '../../terminal-text.ts'
import { findRefused, type StoredRefusedSpan } from '../../transaction/refused-spans.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { findOneRefused } from './find-one.ts'

const someRefusedAgain = 3

/** A refused span that was sent again. `reason` says why it is refused again, and is null where it is accepted. */
interface Retried {
  readonly id: string
  readonly name: string
  readonly reason: string | null
}

/** Sends refused spans again, each in a request of its own. An accepted one is removed from the table, the others stay. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { config, args, switches, write } = input
  const tenant = tenantOption(input)
  await using database = await openForReading(input, tenant)
  const chosen =
    args.length === 0
      ? await findRefused(database, [])
      : await Promise.all(args.map((beginning) => findOneRefused(database, beginning)))
  const events = createEvents(createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel))
  const pipeline = openPipeline(config, events, oneServer(database, 1))
  const retry = async (kept: StoredRefusedSpan): Promise<Retried> => {
    return { id: kept.id, name: kept.name, reason: await retryRefused(pipeline, database, kept) }
  }
  const retried: Retried[] = []
  for (const kept of chosen) retried.push(await retry(kept))
  await pipeline.queue.drained()

  const again = retried.filter(({ reason }) => reason !== null)
  if (switches.has('json')) write(`${JSON.stringify(retried, null, 2)}\n`)
  else {
    for (const { id, name, reason } of again)
      write(`${id.slice(0, 8)} ${escapedText(`${name || '(no name)'}: ${reason}`)}\n`)
    write(`${retried.length - again.length} of ${retried.length} were taken\n`)
  }
  return again.length === 0 ? undefined : someRefusedAgain
}
