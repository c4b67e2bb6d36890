import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserPath, openBridge, type TestBridge } from './browser.ts'
import { longestTaskOf } from './frame-tasks.ts'
import { agentRun } from './spans.ts'
import { flatTree } from './tree.ts'

const assets = path.join(import.meta.dirname, '..', '..', 'dist', 'web', 'page', 'assets')

/** A pause that a person sees, in milliseconds. */
const pauseMs = 50

/** What a person does with a timeline. */
function useOf(page: Page) {
  const press = (name: string) => () => page.getByRole('button', { name, exact: true }).first().click()
  return {
    scrolled: () =>
      page.evaluate(`(async () => {
        const timeline = document.querySelector('.waterfall .scroller')
        for (let step = 0; step <= 30; step++) {
          timeline.scrollTop = (timeline.scrollHeight * step) / 30
          await new Promise((resolve) => requestAnimationFrame(resolve))
        }
        timeline.scrollTop = 0
      })()`),
    filtered: press('Only what counted'),
    unfiltered: press('Only what counted'),
    closed: press('Close'),
    opened: press('Open'),
  }
}

/** What takes longer than a pause, with how long it takes. */
async function longestOf(page: Page, steps: Readonly<Record<string, () => Promise<unknown>>>): Promise<string[]> {
  const long: string[] = []
  for (const [name, act] of Object.entries(steps)) {
    const took = await longestTaskOf(page, act)
    if (took >= pauseMs) long.push(`${name}: ${took.toFixed(0)} ms`)
  }
  return long
}

describe.skipIf(browserPath === undefined)('a run of 10,000 spans', () => {
  let bridge: TestBridge

  beforeAll(async () => {
    // one transaction, and one settling of the run
    const settings = { SPANLEDGER_MAX_BATCH_SPANS: '10000', SPANLEDGER_ANSWER_TIMEOUT_MS: '60000' }
    bridge = await openBridge({ settings })
    const spans = agentRun({ workflow: 'large', startMs: Date.now() - 3_600_000, calls: 5000 })
    await bridge.send(spans)
  })

  afterAll(() => bridge?.[Symbol.asyncDispose]())

  test('has in the document only the rows in sight, wherever they are', async () => {
    await using shown = await bridge.open('/runs/large')
    const { page, complaints } = shown
    await page.getByText('10,000 spans').waitFor()
    const timeline = page.getByRole('region', { name: 'Timeline of spans' })
    await timeline.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await page.locator('[aria-rowindex="10001"]').waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(80)
    await page.getByRole('button', { name: 'Only what counted' }).click()
    await page.getByText('5,001 of 10,000 spans').waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(80)
    expect(complaints).toEqual([])
  })

  test('computes for less than a pause of 50 ms at a time while it is opened, scrolled, filtered and closed', async () => {
    await using shown = await bridge.open('/')
    const { page } = shown
    await page.locator('[data-workflow="large"]').waitFor()
    const steps = {
      shown: async () => {
        await page.locator('[data-workflow="large"] .run-link').click()
        await page.getByText('10,000 spans').waitFor()
      },
      ...useOf(page),
    }
    expect(await longestOf(page, steps)).toEqual([])
  })

  test('of 100,000 spans is opened, scrolled, filtered and closed as one of 10,000 is', async () => {
    await using shown = await bridge.open('/')
    const { page, complaints } = shown
    const json = flatTree(100_000)
    await page.route('**/api/workflows/large/tree', (route) => route.fulfill({ json }))
    await page.locator('[data-workflow="large"]').waitFor()
    const opened = async () => {
      await page.locator('[data-workflow="large"] .run-link').click()
      await page.getByText('100,000 spans').waitFor()
    }
    expect(await longestOf(page, { shown: opened, ...useOf(page) })).toEqual([])
    expect(await page.getByRole('row').count()).toBeLessThan(80)
    expect(complaints).toEqual([])
  })

  test('what a browser loads is small: less than 100 kB at first, less than 400 kB without the editor', () => {
    const compressed = readdirSync(assets).filter((name) => name.endsWith('.gz'))
    const bytesOf = (pattern: RegExp) =>
      compressed
        .filter((name) => pattern.test(name))
        .reduce((sum, name) => sum + statSync(path.join(assets, name)).size, 0)
    expect(bytesOf(/^page-/)).toBeGreaterThan(10_000)
    expect(bytesOf(/^(page|style|icon)-/)).toBeLessThan(100_000)
    expect(bytesOf(/^(?!code-mirror)/)).toBeLessThan(400_000)
  })
})
