import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, smallRun } from '../support/otlp.ts'
import { databases } from '../support/places.ts'
import { browserPath, faultsOf, openBridge, type TestBridge } from './browser.ts'
import { agentRun, modelCall, toolRun } from './spans.ts'

const startMs = Date.now() - 600_000

describe.skipIf(browserPath === undefined).each(databases)('the page of a bridge on %s', (database) => {
  let bridge: TestBridge

  beforeAll(async () => {
    bridge = await openBridge({ database })
  })

  afterAll(() => bridge?.[Symbol.asyncDispose]())

  test('says where to send when there is nothing, and turns by itself when a span arrives', async () => {
    await using shown = await bridge.open('/')
    const { page, complaints } = shown
    await page.getByText('Waiting for the first span').waitFor()
    await page.getByRole('button', { name: 'Python' }).click()
    await page.getByText('opentelemetry-instrument python app.py').waitFor()
    expect(await page.getByText(bridge.url, { exact: true }).count()).toBe(1)
    expect(await faultsOf(page)).toEqual([])
    await bridge.send(smallRun('first', startMs))
    await page.getByRole('link', { name: 'q', exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  test('follows a run that still goes on', async () => {
    const traceId = newTraceId()
    const root = newSpanId()
    const [agent] = agentRun({ workflow: 'goes-on', startMs, calls: 1 })
    const first = modelCall({ traceId, parent: root, startMs })
    const named = { ...first, attributes: { ...first.attributes, workflow_id: 'goes-on' } }
    await bridge.send([named])
    await using shown = await bridge.open('/runs/goes-on')
    const { page, complaints } = shown
    await page.getByText('Running', { exact: true }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Model calls 1' }).waitFor()
    await bridge.send([modelCall({ traceId, parent: root, startMs: startMs + 400 })])
    await page.getByRole('link', { name: 'Model calls 2' }).waitFor()
    await bridge.send([{ ...agent!, traceId, spanId: root, endMs: startMs + 900 }])
    await page.getByText('Completed', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'chat gpt-4o-mini' }).first().click()
    await page.getByRole('complementary', { name: 'Span' }).getByText('What it cost').waitFor()
    expect(complaints).toEqual([])
  })

  test('counts what it shows in lists, costs, tools, health and SQL', async () => {
    const [root, ...calls] = agentRun({ workflow: 'counted', startMs, calls: 2, user: 'carol' })
    const failed = toolRun({ traceId: root!.traceId, parent: root!.spanId, startMs: startMs + 900 }, 'no such city')
    await bridge.send([root!, ...calls, failed])
    await using shown = await bridge.open('/?q=user:carol')
    const { page, complaints } = shown
    await page.locator('[data-workflow="counted"]').waitFor()
    await page.getByRole('status').getByText('1 run', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Cost', exact: true }).click()
    await page.getByRole('region', { name: 'Cost in a table' }).getByText('gpt-4o-mini').first().waitFor()
    await page.getByRole('link', { name: 'Tools', exact: true }).click()
    await page
      .getByRole('row', { name: /get_weather/ })
      .getByText('no such city')
      .waitFor()
    await page.getByRole('link', { name: /^Health/ }).click()
    await page.getByRole('heading', { name: 'Spans and records' }).waitFor()
    await page.goto(`${bridge.url}/sql?sql=select+count(*)+as+calls+from+token_usage+where+workflow_id='counted'`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('cell', { name: '2', exact: true }).waitFor()
    expect(complaints).toEqual([])
  })
})
