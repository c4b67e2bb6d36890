import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newTraceId } from '../support/otlp.ts'
import { connect } from '../support/postgres.ts'
import { browserPath, faultsOf, openBridge, overflows, type TestBridge } from './browser.ts'
import { agentRun, toolRun } from './spans.ts'

const startMs = Date.now() - 600_000

describe.skipIf(browserPath === undefined)('the views of sums', () => {
  let bridge: TestBridge

  beforeAll(async () => {
    bridge = await openBridge()
    await bridge.send(agentRun({ workflow: 'one', startMs, calls: 3 }))
    await bridge.send(agentRun({ workflow: 'two', startMs: startMs + 1000, calls: 2, user: 'bob' }))
    const [root] = agentRun({ workflow: 'failing', startMs, calls: 1 })
    const tool = toolRun({ traceId: root!.traceId, parent: root!.spanId, startMs }, 'no such city')
    // its trace id is too short
    await bridge.send([root!, tool, { ...tool, spanId: 'a'.repeat(16), traceId: newTraceId().slice(0, 30) }])
  })

  afterAll(() => bridge?.[Symbol.asyncDispose]())

  test('cost: each total is the sum of its rows, and each bar opens its runs', async () => {
    await using shown = await bridge.open('/cost?by=user')
    const { page, complaints } = shown
    const table = page.getByRole('region', { name: 'Cost in a table' })
    await table.getByRole('link', { name: 'bob', exact: true }).waitFor()
    const costs = await table.locator('tbody td:nth-child(3)').allTextContents()
    const total = await table.locator('tfoot td:nth-child(3)').textContent()
    const nano = (text: string) => Math.round(Number(text.replace('$', '')) * 1e9)
    expect(nano(total!)).toBeGreaterThan(0)
    expect(costs.map(nano).reduce((a, b) => a + b)).toBe(nano(total!))
    await table.getByRole('link', { name: 'bob', exact: true }).click()
    await page.waitForURL(/user%3Abob/)
    await page.locator('[data-workflow="two"]').waitFor()
    expect(await page.locator('[data-workflow="one"]').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('cost: says what has no price, who spent most, and how the last bills compare with the ledger', async () => {
    const [root, call] = agentRun({ workflow: 'unpriced', startMs, calls: 1, user: 'dan' })
    const attributes = { ...call!.attributes, 'gen_ai.request.model': 'in-house-7b' }
    await bridge.send([root!, { ...call!, attributes }])
    await using client = await connect(bridge.databaseUrl)
    await client.query(
      `insert into spanledger.reconciliations values (gen_random_uuid(), now(), 'openai', 'usage.json',
         now() - interval '1 day', now(), 2500000000, 2000000000, 100000000, false, $1)`,
      [JSON.stringify({ cells: [{ reasons: [{ code: 'missing', cost_usd: '0.4' }] }] })],
    )
    await using shown = await bridge.open('/cost')
    const { page, complaints } = shown
    await page.getByText('1 call has no known price').waitFor()
    const bill = page.getByRole('article').filter({ hasText: 'openai' })
    await bill.getByText('differs').waitFor()
    const amounts = (await bill.getByRole('cell').allTextContents()).map((text) => Number(text.replace('$', '')))
    expect(amounts).toEqual([2.5, 2, 0.4, 0.1, 0.5])
    await page.getByRole('link', { name: /^All \d/ }).click()
    await page.waitForURL(/by=user/)
    await page.goBack()
    await page.getByRole('link', { name: 'in-house-7b' }).first().click()
    await page.locator('[data-workflow="unpriced"]').waitFor()
    expect(complaints).toEqual([])
  })

  test('cost: dragging over the plot writes the range into the address', async () => {
    await using shown = await bridge.open('/cost')
    const { page, complaints } = shown
    const plot = page.locator('.u-over')
    await plot.waitFor()
    // what comes later moves it, or makes it narrower
    await page.locator('.tiles').waitFor()
    await page.getByRole('link', { name: /^All \d/ }).waitFor()
    const { x, y, width } = (await plot.boundingBox())!
    await page.mouse.move(x + width * 0.5, y + 50)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.995, y + 60, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/since=\d{4}-\d\d-\d\d&until=\d{4}-\d\d-\d\d/)
    await page.getByText('As a table').click()
    const days = page.locator('.plot-table tbody tr')
    expect(await days.count()).toBeGreaterThan(5)
    const last = days.last()
    const [day] = await last.getByRole('rowheader').allTextContents()
    const costs = await last.getByRole('cell').allTextContents()
    const nano = (text: string) => Math.round(Number(text.replace(/[$–]/, '') || 0) * 1e9)
    const total = nano(costs.at(-1)!)
    expect(total).toBeGreaterThan(0)
    expect(costs.slice(0, -1).reduce((sum, text) => sum + nano(text), 0)).toBe(total)
    // a click on the last bar opens the runs of its day
    const { x: left, y: top, width: whole } = (await plot.boundingBox())!
    await page.mouse.click(left + whole * (1 - 0.5 / (await days.count())), top + 150)
    await page.waitForURL(`**/runs?q=since%3A${day}**`)
    await page.locator('[data-workflow="one"]').waitFor()
    expect(complaints).toEqual([])
  })

  test('each number shows its SQL, which gives the same in the SQL view', async () => {
    await using shown = await bridge.open('/cost?by=model')
    const { page, complaints } = shown
    await page.getByRole('button', { name: 'SQL of the cost by model' }).click()
    await page.getByRole('link', { name: 'Open in the SQL view' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const answer = page.getByRole('table', { name: 'Answer' })
    await answer.getByText('gpt-4o-mini').first().waitFor()
    expect(complaints).toEqual([])
  })

  test('tools and agents: how they do, and the runs behind them', async () => {
    await using shown = await bridge.open('/tools')
    const { page, complaints } = shown
    const row = page.getByRole('row', { name: /get_weather/ })
    await row.getByText('no such city').waitFor()
    await row.getByText('75%').waitFor()
    await page.getByRole('link', { name: 'planner' }).click()
    await page.locator('[data-workflow="two"]').waitFor()
    await page.goBack()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download tools.csv' }).click()
    expect((await saved).suggestedFilename()).toBe('tools.csv')
    expect(complaints).toEqual([])
  })

  test('health: received is the sum of what became of it, and what was refused can be looked at', async () => {
    await using shown = await bridge.open('/health')
    const { page, complaints } = shown
    await page.getByRole('heading', { name: 'Spans and records' }).waitFor()
    const values = await page.locator('.balance .tile-value').allTextContents()
    const [received, ...parts] = values.map((text) => Number(text.replaceAll(',', '')))
    expect(received).toBeGreaterThan(0)
    expect(parts.reduce((a, b) => a + b)).toBe(received)
    await page.getByRole('button', { name: 'execute_tool get_weather' }).click()
    const dialog = page.getByRole('dialog', { name: 'A refused span' })
    await dialog.getByRole('button', { name: 'Send it again' }).click()
    await dialog.getByText('It was refused again').waitFor()
    expect(complaints).toEqual([])
  })

  test('SQL: reads, and says why it does not write', async () => {
    await using shown = await bridge.open('/sql?sql=delete+from+token_usage')
    const { page } = shown
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await using other = await bridge.open(
      '/sql?sql=select+workflow_id+from+task_executions+where+workflow_id<>%27unpriced%27',
    )
    await other.page.getByRole('button', { name: 'Run', exact: true }).click()
    await other.page.getByRole('link', { name: 'failing' }).waitFor()
    expect(await other.page.getByRole('row').count()).toBe(4)
    expect(other.complaints).toEqual([])
  })

  test.each([
    ['/cost', 'Top users', 360, 'dark'],
    ['/cost', 'Top users', 2560, 'light'],
    ['/tools', 'get_weather', 360, 'light'],
    ['/tools', 'get_weather', 1280, 'dark'],
    ['/health', 'Spans and records', 360, 'dark'],
    ['/health', 'Spans and records', 2560, 'light'],
    ['/sql', 'task_executions', 360, 'light'],
    ['/sql', 'task_executions', 1280, 'dark'],
  ] as const)('%s (%s) fits %i px in %s colours, and axe finds nothing serious', async (view, text, width, colours) => {
    await using shown = await bridge.open(view, { width, colours })
    const { page, complaints } = shown
    await page.getByText(text).first().waitFor()
    expect(await overflows(page)).toBe(false)
    expect(await faultsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})
