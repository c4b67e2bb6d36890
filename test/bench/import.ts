/**
 * Compares an import with the receiver: the same requests in a file, from the start of `spanledger import` to its end, and
 * over OTLP/HTTP from eight senders, from the first one until all are acknowledged, in interleaved pairs on one PostgreSQL.
 * `npm run bench:import`; BENCH_REQUESTS and BENCH_PAIRS say how much, DATABASE_URL names a server.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { encodedLoad, idOnEverySpan, type Load, type Shape } from './load.ts'
import { startReceiver } from './receiver.ts'
import { median } from './results.ts'
import { sendAll } from './senders.ts'
import { openServer } from './server.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)

const forms: readonly (Shape & { readonly file: (load: Load) => Buffer })[] = [
  {
    ...{ ...idOnEverySpan, name: 'protobuf with lengths', protocol: 'http' },
    file: ({ bodies }) => Buffer.concat(bodies.flatMap((body) => [lengthOf(body), body])),
  },
  {
    ...{ ...idOnEverySpan, name: 'JSON lines', protocol: 'http', encoding: 'json' },
    file: ({ bodies }) => Buffer.concat(bodies.flatMap((body) => [body, Buffer.from('\n')])),
  },
]

await using server = await openServer()
const folder = await mkdtemp(path.join(tmpdir(), 'spanledger-bench-'))
for (const form of forms) await compare(form)
await rm(folder, { recursive: true })

async function compare(form: (typeof forms)[number]): Promise<void> {
  const rates: { sent: number; imported: number }[] = []
  // the first pair warms up
  for (let pair = 0; pair <= pairs; pair++) {
    const load = encodedLoad(form, requests, `${pair}`)
    const perSecond = (ms: number) => (load.spans / ms) * 1000
    const one = { sent: perSecond(await sendMs(form, load)), imported: perSecond(await importMs(form, load)) }
    const { sent, imported } = one
    console.log(`${form.name}, ${load.spans} spans: ${sent.toFixed(0)}/s sent, ${imported.toFixed(0)}/s imported`)
    if (pair > 0) rates.push(one)
  }
  const [sent, imported] = [median(rates.map((one) => one.sent)), median(rates.map((one) => one.imported))]
  console.log(`${form.name}, medians: ${sent.toFixed(0)} and ${imported.toFixed(0)}, ${(imported / sent).toFixed(2)}`)
}

async function sendMs(form: Shape, { bodies }: Load): Promise<number> {
  const receiver = await startReceiver({ DATABASE_URL: await server.newDatabase('bench_import') })
  const startMs = performance.now()
  await sendAll(receiver, form, bodies)
  const ms = performance.now() - startMs
  await receiver.stop()
  return ms
}

async function importMs(form: (typeof forms)[number], load: Load): Promise<number> {
  const file = path.join(folder, 'requests')
  await writeFile(file, form.file(load))
  const { PATH = '' } = process.env
  const env = { PATH, DATABASE_URL: await server.newDatabase('bench_import') }
  const run = async (...args: readonly string[]) =>
    (await promisify(execFile)(process.execPath, ['--max-semi-space-size=16', 'dist/cli.js', ...args], { env })).stdout
  await run('migrate')
  const startMs = performance.now()
  const { committed } = JSON.parse(await run('import', file, '--json'))
  const ms = performance.now() - startMs
  if (committed !== load.spans) throw new Error(`${committed} of ${load.spans} spans were imported, each once`)
  return ms
}

function lengthOf(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return length
}
