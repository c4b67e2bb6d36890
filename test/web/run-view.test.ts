import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../support/otlp.ts'
import { requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'
import { browserPath, faultsOf, openBridge, overflows, type TestBridge } from './browser.ts'
import { agentRun, modelCall } from './spans.ts'

const startMs = Date.now() - 600_000
const hostile = '<script>document.title = "taken over"</script><img src="https://example.com/x.png" onerror="alert(1)">'

describe.skipIf(browserPath === undefined)('the view of a run', () => {
  let bridge: TestBridge

  beforeAll(async () => {
    bridge = await openBridge()
    for (const [index, workflow] of ['trip-a', 'trip-b', 'trip-c'].entries())
      await bridge.send(agentRun({ workflow, startMs: startMs - index * 60_000, calls: 3, asked: hostile }))
    await bridge.send(agentRun({ workflow: 'of-another', startMs: startMs - 30_000, calls: 1, user: 'bob' }))
  })

  afterAll(() => bridge?.[Symbol.asyncDispose]())

  test('shows what each call cost by part; a call opens its span, and a sum its rows', async () => {
    await using shown = await bridge.open('/runs/trip-a?tab=calls')
    const { page, complaints } = shown
    const table = page.getByRole('group', { name: 'Model' }).nth(1)
    const nano = (text: string | null) => Math.round(Number((text ?? '').replace('$', '')) * 1e9)
    const cells = async (row: string) => (await table.locator(`${row} td`).allTextContents()).slice(-4)
    await table.getByRole('columnheader', { name: 'Output' }).waitFor()
    const total = (await cells('tfoot tr')).map(nano)
    // input, cached and output sum to the cost, by row and by column
    expect(await table.getByRole('columnheader').allTextContents()).toEqual(
      expect.arrayContaining(['Tier', 'Tokens', 'Input', 'Cached', 'Output', 'Cost']),
    )
    expect(total[0]! + total[1]! + total[2]!).toBe(total[3])
    const rows = await table.locator('tbody tr').count()
    const sums = [0, 0, 0, 0]
    for (let row = 1; row <= rows; row++)
      for (const [index, text] of (await cells(`tbody tr:nth-child(${row})`)).entries()) sums[index]! += nano(text)
    expect([rows, sums]).toEqual([3, total])
    await page.getByRole('row', { name: /planner completed/ }).waitFor()
    await table.getByRole('link', { name: 'gpt-4o-mini' }).first().click()
    const panel = page.getByRole('complementary', { name: 'Span' })
    await panel.locator('tfoot').getByText('1,200').waitFor()
    const quantities = await panel.locator('tbody td:nth-child(2)').allTextContents()
    expect(quantities.map((text) => Number(text.replace(',', ''))).reduce((a, b) => a + b)).toBe(1200)
    await page.getByRole('link', { name: 'Agents 1' }).click()
    await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Tool runs 2' }).click()
    await page.getByRole('treegrid').waitFor()
    expect(complaints).toEqual([])
  })

  test('folds time in which nothing ran away, and shows the critical path alone', async () => {
    const [root, ...below] = agentRun({ workflow: 'waits', startMs, calls: 3 })
    const laterMs = 7_200_000
    const late = below.map((span, index) =>
      index < 2 ? span : { ...span, startMs: span.startMs + laterMs, endMs: span.endMs + laterMs },
    )
    // beside the first call, and over before it
    const aside = modelCall({ traceId: root!.traceId, parent: root!.spanId, startMs: startMs + 1 })
    await bridge.send([{ ...root!, endMs: root!.endMs + laterMs }, ...late, { ...aside, endMs: startMs + 2 }])
    await using shown = await bridge.open('/runs/waits')
    const { page } = shown
    const fold = page.getByRole('button', { name: /^Fold 1h 59m idle/ })
    expect(await fold.getAttribute('aria-pressed')).toBe('true')
    expect(await page.locator('.fold').count()).toBe(1)
    const ticks = () => page.locator('.tick').allTextContents()
    expect(new Set(await ticks()).size).toBe(5)
    const [, folded] = await ticks()
    expect(folded).toMatch(/^\d+ ms$/)
    await fold.click()
    expect(await page.locator('.fold').count()).toBe(0)
    expect((await ticks())[1]).toBe('30:00')
    await page.getByRole('button', { name: 'Critical path' }).click()
    await page.getByText('6 of 7 spans').waitFor()
  })

  test('shows messages with their roles, calls with their results, reasoning folded, and what was sent', async () => {
    const [root] = agentRun({ workflow: 'talks', startMs, calls: 1 })
    const call = modelCall({ traceId: root!.traceId, parent: root!.spanId, startMs })
    const ask = { type: 'tool_call', id: 'c1', name: 'get_weather', arguments: { city: 'Lisbon' } }
    const asked = [
      { role: 'system', parts: [{ type: 'text', content: 'You plan trips.' }] },
      { role: 'user', parts: [{ type: 'text', content: 'How is the weather?' }] },
      { role: 'assistant', parts: [{ type: 'reasoning', content: 'I should look it up.' }, ask] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { celsius: 24 } }] },
    ]
    const attributes = { ...call.attributes, 'gen_ai.input.messages': JSON.stringify(asked) }
    await bridge.send([root!, { ...call, attributes }])
    await using shown = await bridge.open('/runs/talks')
    const { page, complaints } = shown
    await page.getByRole('button', { name: 'chat gpt-4o-mini' }).click()
    const messages = page.locator('.messages')
    await messages.getByText('How is the weather?').waitFor()
    // the result stands with its call, not in a message of its own
    expect(await messages.locator('.role').allTextContents()).toEqual(['system', 'user', 'assistant', 'assistant'])
    const run = messages.locator('.tool-call')
    await run.getByText('get_weather').waitFor()
    await run.getByText('celsius').waitFor()
    const reasoning = messages.getByText('I should look it up.')
    expect(await reasoning.isVisible()).toBe(false)
    await messages.getByText(/^Reasoning, 20 characters/).click()
    await reasoning.waitFor()
    const sent = page.getByText('gen_ai.request.model')
    expect(await sent.isVisible()).toBe(false)
    await page.getByText('Attributes, as they were sent').click()
    await sent.waitFor()
    expect(await faultsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('shows parent, child and sibling, and tool runs that took several attempts', async () => {
    await sendAll(requestsOf('temporal-java-trip'), [bridge.url])
    await using shown = await bridge.open('/runs/trip-java-trip-4k9z?tab=related')
    const { page, complaints } = shown
    await page.getByRole('heading', { name: 'Tried more than once' }).waitFor()
    await page.getByRole('group', { name: 'Children' }).getByRole('link').click()
    await page.waitForURL('**/runs/trip-java-trip-4k9z-research**')
    await page.getByRole('link', { name: /^Related/ }).click()
    await page.getByRole('group', { name: 'Parent' }).getByRole('link').waitFor()
    expect(complaints).toEqual([])
  })

  test('shows the sums of its rows, and what counted and why', async () => {
    await using shown = await bridge.open('/runs/trip-a')
    const { page, complaints } = shown
    await page.getByRole('row', { name: /planner/ }).waitFor()
    await page.getByRole('link', { name: 'Tokens 3,600' }).waitFor()
    expect(await page.getByRole('treegrid').getAttribute('aria-rowcount')).toBe('7')
    await page.getByRole('button', { name: 'chat gpt-4o-mini' }).first().click()
    const panel = page.getByRole('complementary', { name: 'Span' })
    await panel.getByText('Why it counts').waitFor()
    await panel.getByText('What it cost').waitFor()
    const parts = await panel.locator('tbody td:last-child').allTextContents()
    const total = await panel.locator('tfoot td:last-child').textContent()
    const nano = (text: string) => Math.round(Number(text.replace('$', '')) * 1e9)
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.map(nano).reduce((a, b) => a + b)).toBe(nano(total!))
    expect(complaints).toEqual([])
    expect(await faultsOf(page)).toEqual([])
  })

  test('shows what is said as text: nothing of a prompt runs or is loaded', async () => {
    await using shown = await bridge.open('/runs/trip-a')
    const { page, complaints } = shown
    await page.getByRole('button', { name: 'chat gpt-4o-mini' }).first().click()
    await page.getByRole('complementary').getByText(hostile).first().waitFor()
    await page.getByRole('link', { name: 'Question and answer' }).click()
    await page.getByText(hostile).first().waitFor()
    expect(await page.title()).not.toBe('taken over')
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('shows only what counted, finds spans, and closes what is below', async () => {
    await using shown = await bridge.open('/runs/trip-a')
    const { page } = shown
    await page.getByRole('row', { name: /planner/ }).waitFor()
    await page.getByRole('button', { name: 'Only what counted' }).click()
    await page.getByText('4 of 6 spans').waitFor()
    await page.getByRole('button', { name: 'Only what counted' }).click()
    await page.keyboard.press('/')
    await page.keyboard.type('weather')
    await page.getByText('3 of 6 spans').waitFor()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.press('Delete')
    await page.keyboard.press('Escape')
    await page.getByText('6 spans', { exact: true }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('h')
    await page.getByText('1 of 6 spans').waitFor()
    expect(await page.locator('.span-row:not(.heads)').count()).toBe(1)
    await page.keyboard.press('l')
    await page.getByText('6 spans', { exact: true }).waitFor()
    expect(await page.locator('.span-row:not(.heads)').count()).toBe(6)
  })

  test('goes to the next and the previous run of the list that the person came from', async () => {
    await using shown = await bridge.open('/?q=user:ann')
    const { page } = shown
    await page.locator('[data-workflow="trip-a"] .run-link').click()
    await page.getByRole('link', { name: 'Next', exact: true }).click()
    await page.waitForURL('**/runs/trip-b?**')
    await page.keyboard.press(']')
    await page.waitForURL('**/runs/trip-c?**')
    expect(await page.getByRole('link', { name: 'Next', exact: true }).count()).toBe(0)
    await page.keyboard.press('[')
    await page.waitForURL('**/runs/trip-b?**')
    await page.keyboard.press('u')
    await page.waitForURL(/q=user/)
  })

  test('shows events, and replays them step by step', async () => {
    await using shown = await bridge.open('/runs/trip-a?tab=events')
    const { page, complaints } = shown
    await page.getByText('task.completed').waitFor()
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('0 calls, 0 tokens, $0').waitFor()
    const step = page.getByRole('slider', { name: 'Step' })
    await step.fill((await step.getAttribute('max'))!)
    await page.getByText('3 calls, 3,600 tokens').waitFor()
    await step.fill('0')
    await page.locator('.event-row.ahead').first().waitFor()
    await page.getByRole('button', { name: 'Step forward' }).click()
    expect(complaints).toEqual([])
  })

  test('shows the part of the run over which the minimap is dragged, and all again', async () => {
    await using shown = await bridge.open('/runs/trip-a')
    const { page, complaints } = shown
    const bars = page.locator('.bar')
    await page.getByRole('row', { name: /planner/ }).waitFor()
    const ticks = () => page.locator('.tick').allTextContents()
    const [bar, all] = [await bars.count(), await ticks()]
    const { x, y, width } = (await page.getByRole('img', { name: 'All spans over the time of the run' }).boundingBox())!
    await page.mouse.move(x + width * 0.5, y + 20)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.4, y + 30, { steps: 3 })
    await page.mouse.move(x + width * 0.1, y + 30, { steps: 3 })
    await page.mouse.up()
    // moving on without the button changes nothing
    await page.mouse.move(x + width * 0.9, y + 30)
    const showAll = page.getByRole('button', { name: 'Show all' })
    await showAll.waitFor()
    const seconds = (text: string) => Number(/[\d.]+/.exec(text)![0]) * (text.includes('ms') ? 0.001 : 1)
    const [from, to] = [(await ticks())[0]!, (await ticks()).at(-1)!].map(seconds) as [number, number]
    const last = seconds(all.at(-1)!)
    expect(from / last).toBeCloseTo(0.1, 1)
    expect(to / last).toBeCloseTo(0.5, 1)
    // calls and tools outside of it have a row, and no bar
    expect(await bars.count()).toBeLessThan(bar)
    expect(await page.getByRole('treegrid').getAttribute('aria-rowcount')).toBe('7')
    await showAll.click()
    expect(await ticks()).toEqual(all)
    expect(await bars.count()).toBe(bar)
    const end = page.getByRole('slider', { name: 'Timeline to' })
    await end.focus()
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowLeft')
    await showAll.waitFor()
    expect(complaints).toEqual([])
  })

  test('closes a run whose end never came', async () => {
    const call = modelCall({ traceId: newTraceId(), parent: newSpanId(), startMs })
    await bridge.send([{ ...call, attributes: { ...call.attributes, workflow_id: 'hangs' } }])
    await using shown = await bridge.open('/runs/hangs')
    const { page } = shown
    await page.getByRole('button', { name: 'Close run' }).click()
    await page.getByRole('button', { name: 'Close the run' }).click()
    await page.getByText('Failed', { exact: true }).waitFor()
  })

  test.each([
    [360, 'dark', '', ''],
    [2560, 'light', '', ''],
    [1280, 'dark', '?tab=calls', 'By model'],
    [360, 'light', '?tab=events', 'task.started'],
    [1280, 'light', '?tab=related', 'Of the same session'],
  ] as const)('fits %i px in %s colours (%s), and axe finds nothing serious', async (width, colours, tab, text) => {
    await using shown = await bridge.open(`/runs/trip-a${tab}`, { width, colours })
    const { page, complaints } = shown
    if (text === '') await page.getByRole('row', { name: /planner/ }).waitFor()
    else await page.getByText(text).first().waitFor()
    expect(await overflows(page)).toBe(false)
    expect(await faultsOf(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})
