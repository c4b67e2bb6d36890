/**
 * One pair of `npm run bench` with few requests, beside the figures that were kept last: for CI, which prints and never
 * fails on time. Takes less than a minute. `npx tsx test/bench/regression.ts`, after `npm run build`.
 */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { textTable } from '../../src/commands/formats/text-table.ts'
import { lastFigures } from '../support/performance-table.ts'
import { idOnEverySpan } from './load.ts'
import { measurePair, ratioOf } from './pair.ts'
import { openServer } from './server.ts'

const { date, results } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', '..', lastFigures), 'utf8'))
await using server = await openServer()
const pair = await measurePair(server, idOnEverySpan, { requests: 24, round: 'regression' })
const { receiver, copy } = pair
const now: Readonly<Record<string, number>> = {
  ratio: ratioOf(pair),
  receiverMicros: receiver.receiverMicros,
  postgresOfCopy: receiver.postgresMicros / copy.postgresMicros,
  walOfCopy: receiver.walBytes / copy.walBytes,
  peakMegabytes: receiver.peakMegabytes,
}
const last = results[idOnEverySpan.name]
const rows = Object.entries(now).map(([name, value]) => [name, value.toPrecision(3), last[name].toPrecision(3)])
console.log(textTable([idOnEverySpan.name, 'now', `on ${date.slice(0, 10)}`], rows))
