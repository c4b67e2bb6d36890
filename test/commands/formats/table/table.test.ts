import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { exactUsd } from '../../../../src/columns.ts'
import type { Column } from '../../../../src/commands/formats/table/column.ts'
import { csvText } from '../../../../src/commands/formats/table/csv.ts'
import {
  agoText,
  barText,
  countText,
  durationText,
  moneyText,
  shareText,
} from '../../../../src/commands/formats/table/human-texts.ts'
import { periodOption, periodText, previousPeriod } from '../../../../src/commands/formats/table/period.ts'
import { pickColumns } from '../../../../src/commands/formats/table/pick-columns.ts'
import { fitColumns } from '../../../../src/commands/formats/table/terminal/fit-columns.ts'
import { painter, wantsColors } from '../../../../src/commands/formats/table/terminal/paint.ts'
import { terminalTable } from '../../../../src/commands/formats/table/terminal/terminal-face.ts'
import { cutToWidth, wrapToWidth } from '../../../../src/commands/formats/table/terminal/text-width.ts'
import { terminalOf } from '../../../support/look.ts'

const nowMs = Date.parse('2026-11-29T12:00:00Z')
const view = { nowMs, timeZone: 'UTC', unicode: true }

describe('texts for people', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1.0k'],
    [9_940, '9.9k'],
    [9_960, '10k'],
    [999_499, '999k'],
    [999_500, '1.0M'],
    [1_234_567, '1.2M'],
  ])('the count %d is %s', (count, text) => expect(countText(count)).toBe(text))

  test.each([
    [null, ''],
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1.0s'],
    [59_949, '59.9s'],
    [59_950, '1m00s'],
    [65_000, '1m05s'],
    [3_599_600, '1h00m'],
    [7_380_000, '2h03m'],
    [273_600_000, '3d04h'],
  ])('the duration of %d ms is %s', (ms, text) => expect(durationText(ms)).toBe(text))

  test.each([
    [0n, '$0', '0.000000000'],
    [1n, '<$0.000001', '0.000000001'],
    [-1n, '-<$0.000001', '-0.000000001'],
    [4_500n, '$0.000004', '0.000004500'],
    [9_642_250n, '$0.009642', '0.009642250'],
    [35_191_200n, '$0.0352', '0.035191200'],
    [1_234_567_891n, '$1.23', '1.234567891'],
    [-1_234_567_005_000_000n, '-$1,234,567.00', '-1234567.005000000'],
    [9_223_372_036_854_775_807n, '$9,223,372,036.85', '9223372036.854775807'],
  ])('%d nano-dollars are %s and exactly %s', (nano, text, exact) => {
    expect(moneyText(nano)).toBe(text)
    expect(exactUsd(nano)).toBe(exact)
  })

  test.each([
    [0, '0.0%'],
    [0.0001, '<0.1%'],
    [0.4208, '42.1%'],
    [1, '100.0%'],
  ])('the share %d is %s', (share, text) => expect(shareText(share)).toBe(text))

  test.each([
    ['2026-11-29T11:59:57.000001Z', '3s ago'],
    ['2026-11-29T11:00:00.000000Z', '1h ago'],
    ['2026-11-23T12:00:00.000000Z', '6d ago'],
    ['2026-11-22T12:00:00.000000Z', '2026-11-22'],
    ['2026-11-29T12:10:00.000000Z', '2026-11-29 12:10'],
  ])('%s is %s', (time, text) => expect(agoText(time, view)).toBe(text))

  test('a bar has eighths, and only # where the terminal has no more than ASCII', () => {
    expect([0, 0.05, 0.5, 1].map((share) => barText(share, 10, view))).toEqual(['', '▌', '█████', '██████████'])
    expect(barText(0.5, 10, { ...view, unicode: false })).toBe('#####')
  })
})

describe('the width of a terminal', () => {
  test('wide characters take two columns, joined ones none, and what is cut ends in …', () => {
    expect(cutToWidth('日本語のテキスト', 9, '…')).toBe('日本語の…')
    expect(cutToWidth('日本語のテキスト', 8, '…')).toBe('日本語…')
    expect(cutToWidth('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 3, '…')).toBe('👨‍👩‍👧‍👦…')
    expect(cutToWidth('short', 5, '…')).toBe('short')
  })

  test('words are kept whole where a line is broken', () => {
    expect(wrapToWidth('one two three', 8)).toEqual(['one two', 'three'])
  })

  test('optional columns go first, from the right; then the widest are cut together, down to their least', () => {
    const fixed = { natural: 8, least: 8, isOptional: false }
    const text = { natural: 50, least: 10, isOptional: false }
    const optional = { natural: 20, least: 8, isOptional: true }
    expect(fitColumns([fixed, text, optional], 200)).toEqual([8, 50, 20])
    expect(fitColumns([fixed, text, optional], 60)).toEqual([8, 28, 20])
    expect(fitColumns([fixed, text, optional], 40)).toEqual([8, 14, 14])
    expect(fitColumns([fixed, text, optional], 25)).toEqual([8, 15, 0])
    expect(fitColumns([fixed, text, optional], 10)).toEqual([8, 10, 0])
  })

  test('no line is wider than the terminal, whatever is in the cells', () => {
    interface Row {
      readonly name: string
      readonly note: string
    }
    const columns: readonly Column<Row>[] = [
      { name: 'name', head: 'NAME', least: 8, value: (row) => row.name },
      { name: 'note', head: 'NOTE', least: 8, value: (row) => row.note },
      { name: 'n', head: 'N', align: 'right', value: (row) => row.note.length },
    ]
    const rows = [
      { name: '東京の天気を調べる', note: 'a\nb\u001b[2Jc'.repeat(9) },
      { name: '👩‍🚀👩‍🚀👩‍🚀', note: 'é'.normalize('NFD').repeat(100) },
    ]
    for (const width of [24, 40, 80]) {
      const lines = terminalTable(columns, rows, { width, view, paint: painter(false) }).split('\n')
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width)
      expect(lines).toHaveLength(4)
    }
  })
})

describe('colours', () => {
  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ CLICOLOR_FORCE: '1' }, false, true],
    [{ CLICOLOR: '0' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('with %j and a terminal %s they are %s', (env, isTerminal, expected) =>
    expect(wantsColors(env, isTerminal)).toBe(expected),
  )

  test('are escape sequences around the text, whatever standard output is', () => {
    expect(painter(true)('FAILED', 'bad')).toBe('\u001b[31mFAILED\u001b[39m')
    expect(painter(false)('FAILED', 'bad')).toBe('FAILED')
  })
})

describe('for programs', () => {
  const columns = [{ name: 'workflow_id' }, { name: 'total_cost_usd' }]

  test('columns are picked by name in the order asked for, and a wrong name lists the right ones', () => {
    expect(pickColumns(columns, 'total_cost_usd, workflow_id')).toEqual([columns[1], columns[0]])
    expect(() => pickColumns(columns, 'workflowid')).toThrow(
      'there is no workflowid here (is workflow_id meant?). --json takes some of: workflow_id,total_cost_usd',
    )
  })

  test('CSV quotes what has commas, quotes or line breaks, and changes nothing', () => {
    const cells: readonly Column<string>[] = [
      { name: 'text', value: (text) => text },
      { name: 'none', value: () => null },
    ]
    expect(csvText(cells, ['=1+1', 'a,"b"', 'two\nlines'])).toBe(
      'text,none\r\n=1+1,\r\n"a,""b""",\r\n"two\nlines",\r\n',
    )
  })
})

describe('a period', () => {
  const period = (options: Readonly<Record<string, string>>) =>
    periodOption(
      {
        options: new Map(Object.entries(options).map(([name, value]) => [name, [value]])),
        terminal: terminalOf({ nowMs }),
      },
      '7d',
    )
  const iso = ({ sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number }) => [
    new Date(sinceMs).toISOString(),
    new Date(untilMs).toISOString(),
  ]

  test.each([
    [{}, '2026-11-23T00:00:00.000Z', '2026-11-29T12:00:00.000Z', '2026-11-23 to 2026-11-29 (days in UTC)'],
    [
      { since: '24h' },
      '2026-11-28T12:00:00.000Z',
      '2026-11-29T12:00:00.000Z',
      '2026-11-28 12:00 to 2026-11-29 12:00 (UTC)',
    ],
    [{ since: 'today' }, '2026-11-29T00:00:00.000Z', '2026-11-29T12:00:00.000Z', '2026-11-29 (a day in UTC)'],
    [
      { since: '2026-11-01', until: '2026-11-02' },
      '2026-11-01T00:00:00.000Z',
      '2026-11-03T00:00:00.000Z',
      '2026-11-01 to 2026-11-02 (days in UTC)',
    ],
    [
      { since: '2026-10-25', until: '2026-10-25', timezone: 'Europe/Berlin' },
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-25 (a day in Europe/Berlin)',
    ],
    [
      { since: '2026-11-29T08:00:00+01:00' },
      '2026-11-29T07:00:00.000Z',
      '2026-11-29T12:00:00.000Z',
      '2026-11-29 07:00 to 2026-11-29 12:00 (UTC)',
    ],
  ])('of %j is %s to %s', (options, since, until, text) => {
    expect(iso(period(options))).toEqual([since, until])
    expect(periodText(period(options))).toBe(text)
  })

  test('has one of the same length before it', () => {
    expect(iso(previousPeriod(period({ since: '24h' })))).toEqual([
      '2026-11-27T12:00:00.000Z',
      '2026-11-28T12:00:00.000Z',
    ])
    expect(iso(previousPeriod(period({})))).toEqual(['2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'])
  })

  test.each([
    [{ since: 'last week' }, "--since can't be last week: it takes 24h, 7d"],
    [{ since: '2026-02-30' }, "--since can't be 2026-02-30"],
    [{ since: '2026-11-29T13:00:00Z' }, '--since must be before --until'],
    [{ timezone: 'Berlin' }, "--timezone can't be Berlin"],
  ])('%j is refused', (options, message) => expect(() => period(options)).toThrow(message))
})
