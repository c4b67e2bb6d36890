/**
 * What the page takes: until the first paint, and how long the frames are while a run of many spans is scrolled, filtered
 * and closed. `npm run bench:page`; BENCH_SPANS changes how many spans the run has (10,000 and 100,000).
 */

import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { tracesRequest } from '../support/otlp.ts'
import { send } from '../support/send.ts'
import { agentRun } from '../web/spans.ts'
import { startReceiver } from './receiver.ts'

const sizes = (process.env.BENCH_SPANS ?? '10000,100000').split(',').map(Number)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** In the browser: a hundred steps over the whole height, one a frame. */
const scrollThrough = `(async () => {
  const timeline = document.querySelector('.waterfall .scroller')
  for (let step = 0; step <= 100; step++) {
    timeline.scrollTop = (timeline.scrollHeight * step) / 100
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
})()`

const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-bench-'))
const receiver = await startReceiver({ DATABASE_URL: '', SPANLEDGER_DATA_DIR: path.join(folder, 'data') })
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
  const spans = agentRun({ workflow, startMs: Date.now() - 40_000_000, calls: count / 2 })
  for (let from = 0; from < spans.length; from += 2000)
    await send(tracesRequest(spans.slice(from, from + 2000)), receiver.http)
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(300_000)
  await page.goto(`${receiver.http}/`)
  await page.locator(`[data-workflow="${workflow}"]`).waitFor()
  const painted = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime")
  console.log(`${count} spans: first paint of the list after ${painted.toFixed(0)} ms`)
  const begin = performance.now()
  await page.locator(`[data-workflow="${workflow}"] a`).click()
  await page.locator('.span-row').nth(3).waitFor()
  console.log(`  opened after ${(performance.now() - begin).toFixed(0)} ms`)
  await report(page, 'scrolled to the end', () => page.evaluate(scrollThrough))
  await report(page, 'only what counted', () => page.getByRole('button', { name: 'Only what counted' }).click())
  await report(page, 'all again', () => page.getByRole('button', { name: 'Only what counted' }).click())
  await page.evaluate("document.querySelector('.waterfall .scroller').scrollTop = 0")
  await report(page, 'the root closed', () => page.getByRole('button', { name: 'Close', exact: true }).first().click())
  await report(page, 'the root opened', () => page.getByRole('button', { name: 'Open', exact: true }).first().click())
  await page.close()
}

/** Says how long the main thread was busy at a stretch while something was done. */
async function report(page: Page, what: string, act: () => Promise<unknown>): Promise<void> {
  await page.evaluate(`
    globalThis.frames_ = []
    globalThis.measuring_ = true
    let last = performance.now()
    const next = (now) => {
      globalThis.frames_.push(now - last)
      last = now
      if (globalThis.measuring_) requestAnimationFrame(next)
    }
    requestAnimationFrame(next)`)
  await act()
  await page.waitForTimeout(400)
  const frames = await page.evaluate<number[]>('globalThis.measuring_ = false, globalThis.frames_')
  const sorted = frames.sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(1)
  console.log(`  ${what}: ${sorted.length} frames, median ${at(0.5)} ms, 99 of 100 ${at(0.99)} ms, longest ${at(1)} ms`)
}
