import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserPath, openBridge, type TestBridge } from './browser.ts'
import { agentRun } from './spans.ts'

const assets = path.join(import.meta.dirname, '..', '..', 'dist', 'web', 'page', 'assets')

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
