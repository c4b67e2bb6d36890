import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { styleText } from 'node:util'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Config } from '../../config/settings.ts'
import { Misconfigured, messageOf, Unavailable } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { readRun } from '../../transaction/read-run.ts'
import type { Given } from '../command.ts'
import { openForReading, placeFlag } from '../open-database.ts'
import { reachable } from '../reachable.ts'
import type { Account, Answer } from './crew.ts'
import { planPassage } from './passage.ts'
import { differences, shownRows } from './rows.ts'

const notWhatItDid = 1

/** Dollars per million tokens, as the providers list them. */
const listPrices: Config['prices'] = {
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'claude-haiku-4-5': { input: 1, output: 5 },
}

/** Runs a workflow against the receiver that runs, shows the rows that it made, and holds them against what it did. */
export async function run({ config, write }: Given): Promise<number | undefined> {
  const address = reachable(config.grpcListen)
  const hasStyles = process.stdout.isTTY && !process.env.NO_COLOR
  await mustListen(address)
  await using database = await openForReading(config)
  const workflowId = `demo-${randomBytes(4).toString('hex')}`
  const did = await sendWorkflow(address, workflowId, config)
  const rows = await readRun(database, workflowId)
  if (rows.task_executions.length === 0) throw new Misconfigured(elsewhere(address, database))

  write(`A workflow with scripted models ran here, its spans went to ${address} by OTLP/gRPC and are committed.\n`)
  write(`These are its rows in ${database.description}:\n`)
  write(shownRows(rows, (table) => (hasStyles ? styleText('bold', table) : table)))
  const wrong = differences(did, rows)
  if (wrong.length > 0) {
    process.stderr.write(`\nThe rows are not what the workflow did:\n${wrong.map((line) => `  ${line}\n`).join('')}`)
    return notWhatItDid
  }
  write('\nAll of it is what the workflow did: every event, token, nano-dollar and tool, once.\n')
  write(`Try next: npx spanledger explain ${workflowId}${placeFlag(config)}\n`)
}

/** Without this the SDK would try for ten seconds, and then say less. */
async function mustListen(address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`)
  const socket = createConnection(Number(port || 80), hostname.replace(/[[\]]/g, ''))
  try {
    await once(socket, 'connect')
  } catch (error) {
    const why = messageOf(error)
    throw new Unavailable(
      `nobody listens on ${address} (${why}). Start Spanledger in another terminal with \`npm start\`; if it listens elsewhere, say where with --grpc-listen.`,
    )
  } finally {
    socket.destroy()
  }
}

/** Resolves when all spans are acknowledged. */
async function sendWorkflow(address: string, workflowId: string, { prices }: Config): Promise<Account> {
  const exporter = new OTLPTraceExporter({ url: `http://${address}` })
  const provider = new BasicTracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const costNano = (answer: Answer) => listedCost({ ...listPrices, ...prices }, answer)
  const crew = { tracer: provider.getTracer('spanledger-demo'), costNano, events: [], usage: [], tools: [] }
  try {
    const did = await planPassage(crew, workflowId)
    await provider.forceFlush()
    return did
  } finally {
    await provider.shutdown()
  }
}

/** A dollar for a million tokens is a thousand nano-dollars for one. */
function listedCost(prices: Config['prices'], { model, input, cached, output }: Answer): number {
  const price = prices[model]!
  const dollars = (input - cached) * price.input + cached * (price.cached ?? price.input) + output * (price.output ?? 0)
  return Math.round(dollars * 1000)
}

function elsewhere(address: string, { description }: Database): string {
  return `${address} acknowledged the spans, but their rows are not in ${description}: what listens there writes into another database. Give this command the DATABASE_URL or --data-dir that \`serve\` has.`
}
