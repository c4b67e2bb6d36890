/**
 * How soon the page shows the newest runs of BENCH_TASKS: from the request for the page until its frame and until the rows
 * are painted, in a browser that has seen nothing yet. `npm run bench:first-paint`; DATABASE_URL names a server.
 */

import { chromium } from 'playwright-core'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { fillCalls, fillTasks, tasksBefore } from './fill.ts'
import { startReceiver } from './receiver.ts'
import { openServer } from './server.ts'

const times = Number(process.env.BENCH_TIMES ?? 9)
/** In the browser: marks when the first row had been painted. */
const watchRows = `
  new MutationObserver((changes, observer) => {
    if (document.querySelector('[data-workflow]') === null) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => performance.mark('rows painted')))
  }).observe(document, { childList: true, subtree: true })`

/** In the browser: waits for a mark and gives its time in ms; the page's rules forbid to poll with a text of code. */
const markOf = (name: string) => `new Promise((resolve) => {
  const look = () => {
    const [entry] = performance.getEntriesByName('${name}')
    if (entry === undefined) setTimeout(look, 10)
    else resolve(entry.startTime)
  }
  look()
})`

await using server = await openServer()
const url = await server.newDatabase('bench_first_paint')
{
  await using database = openPostgres({ url, connections: 1, connectTimeoutMs: 60_000, description: 'bench' })
  await migrate(database)
}
await fillTasks(url)
await fillCalls(url)
const receiver = await startReceiver({ DATABASE_URL: url })
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const [frames, rows]: [number[], number[]] = [[], []]
try {
  for (let turn = 0; turn < times; turn++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    await page.addInitScript(watchRows)
    await page.goto(receiver.http)
    await page.waitForSelector('[data-workflow]')
    rows.push(await page.evaluate<number>(markOf('rows painted')))
    frames.push(await page.evaluate<number>(markOf('first-contentful-paint')))
    await context.close()
  }
} finally {
  await browser.close()
  await receiver.stop()
}
for (const [what, all] of [
  ['first paint', frames],
  ['rows painted', rows],
] as const) {
  const sorted = all.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]!
  console.log(
    `${tasksBefore} tasks, ${what}: first ${all[0]!.toFixed(0)} ms, median ${middle.toFixed(0)} ms, longest ${sorted.at(-1)!.toFixed(0)} ms`,
  )
}
