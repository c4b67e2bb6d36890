/**
 * What the page takes: until the first paint, and how long the frames are while a run of many spans is scrolled, filtered
 * and closed. `npm run bench:page`; BENCH_SPANS changes how many spans the run has (10,000 and 100,000), and BENCH_URL names
 * a receiver that has these runs already.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { tracesRequest } from '../support/otlp.ts'
import { sendAll } from '../support/send.ts'
import { agentRun } from '../web/spans.ts'
import { startReceiver } from './receiver.ts'

const sizes = (process.env.BENCH_SPANS ?? '10000,100000').split(',').map(Number)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** In the browser: collects the times between frames, and the tasks of the main thread that take over 50 ms. */
const beginMeasuring = `
  globalThis.frames_ = []
  globalThis.measuring_ = true
  globalThis.long_ = []
  const take = (entries) => globalThis.long_.push(...entries.map(({ duration }) => duration))
  globalThis.observer_ = new PerformanceObserver((list) => take(list.getEntries()))
  globalThis.observer_.observe({ type: 'longtask' })
  let last = performance.now()
  const next = (now) => {
    globalThis.frames_.push(now - last)
    last = now
    if (globalThis.measuring_) requestAnimationFrame(next)
  }
  requestAnimationFrame(next)`
const endMeasuring = `(() => {
  globalThis.measuring_ = false
  globalThis.observer_.disconnect()
  return { frames: globalThis.frames_, long: globalThis.long_ }
})()`

const given = process.env.BENCH_URL
const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-bench-'))
const receiver =
  given === undefined
    ? await startReceiver({
        DATABASE_URL: '',
        SPANLEDGER_DATA_DIR: path.join(folder, 'data'),
        // a run of many spans is settled as a whole each time
        SPANLEDGER_MAX_BATCH_SPANS: '20000',
        SPANLEDGER_ANSWER_TIMEOUT_MS: '60000',
      })
    : { http: given, stop: async () => {} }
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const count of sizes) await measure(count)
} finally {
  await browser.close()
  await receiver.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measure(count: number): Promise<void> {
  const workflow = `of-${count}`
  if (given === undefined) await sendRun(workflow, count)
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(300_000)
  await page.goto(`${receiver.http}/`)
  await page.locator(`[data-workflow="${workflow}"]`).waitFor()
  const painted = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime")
  console.log(`${count} spans: first paint of the list after ${painted.toFixed(0)} ms`)
  const begin = performance.now()
  await report(page, 'opened, its events on their way', async () => {
    await page.locator(`[data-workflow="${workflow}"] .run-link`).click()
    await page.locator('.span-row').nth(3).waitFor()
    console.log(`  rows in sight after ${(performance.now() - begin).toFixed(0)} ms`)
  })
  await report(page, 'scrolled to the end in 100 steps', () => scrollThrough(page))
  await report(page, 'only what counted', () => page.getByRole('button', { name: 'Only what counted' }).click())
  await report(page, 'all again', () => page.getByRole('button', { name: 'Only what counted' }).click())
  await page.evaluate("document.querySelector('.waterfall .scroller').scrollTop = 0")
  await report(page, 'the root closed', () => page.getByRole('button', { name: 'Close', exact: true }).first().click())
  await report(page, 'the root opened', () => page.getByRole('button', { name: 'Open', exact: true }).first().click())
  await report(page, 'a span opened', () => page.locator('.span-row .span-name button.link').nth(4).click())
  await page.close()
}

async function sendRun(workflow: string, count: number): Promise<void> {
  const spans = agentRun({ workflow, startMs: Date.now() - 40_000_000, calls: count / 2 })
  for (let from = 0; from < spans.length; from += 10_000) {
    const sent = await sendAll([tracesRequest(spans.slice(from, from + 10_000))], [receiver.http])
    if (sent.failed.length > 0) throw new Error(sent.failed.join())
  }
}

/** A hundred steps over the whole height, a frame or two each. */
async function scrollThrough(page: Page): Promise<void> {
  for (let step = 0; step <= 100; step++)
    await page.evaluate(`(async () => {
      const timeline = document.querySelector('.waterfall .scroller')
      timeline.scrollTop = (timeline.scrollHeight * ${step}) / 100
      await new Promise((resolve) => requestAnimationFrame(resolve))
    })()`)
}

interface Measured {
  readonly frames: number[]
  readonly long: number[]
}

/**
 * Says how long the frames were while something was done, how long the longest tasks of its main thread were, and how
 * much that thread computed: other work of the machine lengthens the others, but not that.
 */
async function report(page: Page, what: string, act: () => Promise<unknown>): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busyMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000
  }
  await page.evaluate(beginMeasuring)
  const before = await busyMs()
  await act()
  await page.waitForTimeout(400)
  const busy = (await busyMs()) - before
  const { frames, long } = await page.evaluate<Measured>(endMeasuring)
  await session.detach()
  const sorted = frames.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(0)
  const tasks = long.length === 0 ? 'no task over 50 ms' : `tasks of ${long.map((ms) => ms.toFixed(0)).join(', ')} ms`
  console.log(
    `  ${what}: ${sorted.length} frames, 99 of 100 within ${at(0.99)} ms, longest ${at(1)} ms; ${tasks}; ` +
      `${busy.toFixed(0)} ms computed`,
  )
}
