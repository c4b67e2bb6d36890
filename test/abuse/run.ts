import { parseArgs } from 'node:util'
import { makeCluster, startPostgres, statement } from '../support/postgres.ts'
import { buildProgram } from '../support/program.ts'
import { catalogue, longestAnswerMs } from './catalogue.ts'
import { asVictim, startWatched } from './watched.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, only: { type: 'string' }, url: { type: 'string' } },
})
const forMs = 1000 * Number(values.seconds ?? 30)

process.exitCode = (await run()) ? 0 : 1

/** Tries each abuse on a receiver and a database of its own, and prints a line for each, and what is broken. */
async function run(): Promise<boolean> {
  await using cluster = values.url === undefined ? await makeCluster() : null
  await using server = cluster && (await startPostgres([], cluster))
  const url = new URL(values.url ?? server!.url)
  const cli = await buildProgram()
  let isWell = true
  for (const [index, { name, mostMb = 300, mostWorkMs = Infinity, run }] of Object.values(catalogue).flat().entries()) {
    if (!name.includes(values.only ?? '')) continue
    const database = `abuse_${index}`
    await statement(url.href, `drop database if exists ${database} with (force)`)
    await statement(url.href, `create database ${database}`)
    const own = Object.assign(new URL(url), { pathname: database }).href
    await using receiver = await startWatched(own, cli)
    await receiver.forgetMost()
    const { figure, broken, answerMs = 0 } = await run(asVictim(receiver, own, { forMs, isShort: false }))
    const [mb, workMs, waitedMs] = [receiver.mostMb(), receiver.longestWorkMs(), receiver.waitedMs()]
    console.log(
      `${name}: ${figure}; at most ${mb} MB; ${workMs} ms of work at a stretch, ${Math.round(waitedMs)} ms without a processor`,
    )
    const isLate = answerMs > longestAnswerMs + waitedMs
    const all = [
      ...broken,
      ...(mb < mostMb ? [] : [`it took ${mb} MB`]),
      ...(workMs < mostWorkMs ? [] : ['its thread worked too long at a stretch']),
      ...(isLate ? ['an answer came late'] : []),
    ]
    for (const one of all) console.log(`BROKEN: ${one}`)
    isWell &&= all.length === 0
  }
  return isWell
}
