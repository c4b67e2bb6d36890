import { calcPrice } from '@pydantic/genai-prices'
import { mappingOf } from '../../assemble.ts'
import { Misconfigured } from '../../errors.ts'
import { explainTrace } from '../../explain/explain-trace.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import { escapedText } from '../../terminal-text.ts'
import { readBilledReports, readTraces } from '../../transaction/read/read-traces.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { type SettledFiles, settleFiles } from './settle-files.ts'
import { traceText } from './trace-text.ts'

const nothingIsKnown = 1

/**
 * Explains a trace, or all traces of a workflow: for each span, how it was recognised, its rows, and whether its usage
 * counts and why.
 */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { args, options, switches, write, writeError } = input
  const files = options.get('file') ?? []
  const [id = null] = args
  if ((id === null) === (files.length === 0))
    throw new Misconfigured('say what to explain: the id of a trace or workflow, or --file with recorded requests.')
  const { traces, billed, refused, source } = id === null ? fromFiles(input, files) : await fromLedger(input, id)
  const all = traces.map((trace) => explainTrace(trace, billed))
  if (switches.has('json')) write(`${JSON.stringify(all, null, 2)}\n`)
  else {
    for (const sentence of refused) write(`refused: ${escapedText(sentence)}\n`)
    if (all.length > 0) write(`${all.map(traceText).join('\n\n')}\n`)
  }
  if (all.length > 0) return undefined
  writeError(id === null ? `No span or log record was taken from ${source}.\n` : nothingKnownText(id, source))
  return nothingIsKnown
}

function nothingKnownText(id: string, source: string): string {
  return [
    `Nothing is known of ${id} in ${source}. Check that`,
    '- it is the whole id of a trace (32 hex digits) or of a workflow, not that of a span;',
    '- the app has sent its spans: it flushes them before it ends (docs/sending.md#nothing-arrives);',
    '- this is the database that `spanledger serve` writes to (`spanledger doctor`);',
    '- the spans were not refused (`spanledger refused list`).',
    '',
  ].join('\n')
}

/** Settled traces, and the database or files that they come from. */
type Source = SettledFiles & { readonly source: string }

function fromFiles({ config }: CommandInput, files: readonly string[]): Source {
  const settled = settleFiles(files, mappingOf(config), createPrices(calcPrice, config.prices).price)
  return { ...settled, source: files.join(', ') }
}

async function fromLedger(input: CommandInput, id: string): Promise<Source> {
  const { config } = input
  await using database = await openForReading(input, tenantOption(input))
  const traces = await readTraces(database, createPrices(calcPrice, config.prices).price, id)
  return { traces, billed: await readBilledReports(database, traces), refused: [], source: database.description }
}
