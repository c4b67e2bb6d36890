import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { makeCluster, startPostgres, statement } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' }, 'stall-ms': { type: 'string' } },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6))
const mostStallMs = Number(values['stall-ms'] ?? 100)

process.exitCode = (await run()) ? 0 : 1

/** Fuzzes a receiver in this process; what it finds becomes a file, to be made a fixture. */
async function run(): Promise<boolean> {
  const rejections: unknown[] = []
  process.on('unhandledRejection', (reason) => rejections.push(reason))
  await using cluster = await makeCluster()
  await using server = await startPostgres(['-c', 'fsync=off'], cluster)
  await statement(server.url, 'create database fuzz')
  const url = server.url.replace(/\w+$/, 'fuzz')
  await using receiver = await openTestReceiver(url, {
    SPANLEDGER_ANSWER_TIMEOUT_MS: '4000',
    SPANLEDGER_BEGIN_WITHIN_MS: '2500',
  })
  const result = await fuzz(receiver, seed, 60_000 * Number(values.minutes ?? 1))
  const unexpected = receiver.log.filter((line) => /"msg":"unexpected|does not add up/.test(line))
  for (const [index, { why, attempt }] of result.findings.entries()) {
    const folder = path.join(import.meta.dirname, 'findings')
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, `${seed}-${index}.bin`), attempt.body)
    console.log(`FOUND: ${why}: ${attempt.path} ${JSON.stringify(attempt.headers)}, ${seed}-${index}.bin`)
  }
  for (const line of [...unexpected, ...rejections.map(String)].slice(0, 10)) console.log(`FOUND: ${line}`)
  if (result.stallMs > mostStallMs)
    console.log(`FOUND: the event loop stood still for ${Math.round(result.stallMs)} ms`)
  const statuses = [...result.statuses].map(([status, count]) => `${status} ${count}`).join(', ')
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024)
  console.log(
    `fuzz: seed ${seed}, ${result.sent} requests (${statuses}), ${result.findings.length} found, longest stall ${Math.round(result.stallMs)} ms, ${megabytes} MB with the sender`,
  )
  return result.findings.length + unexpected.length + rejections.length === 0 && result.stallMs <= mostStallMs
}
