import { expect, test } from 'vitest'
import { textTable } from '../../../src/commands/formats/text-table.ts'

test('columns are as wide as their widest cell, numbers are aligned to the right, no line ends in blanks', () => {
  const rows = [
    ['a long name', '12 ms', '$1.5', ''],
    ['b', '1,204 ms', '$0.25', 'text'],
  ]
  expect(textTable(['name', 'took', 'cost', 'note'], rows)).toBe(
    [
      'name             took   cost  note',
      'a long name     12 ms   $1.5',
      'b            1,204 ms  $0.25  text',
      '',
    ].join('\n'),
  )
})

test('a table without rows is its heads', () => {
  expect(textTable(['table', 'rows'], [])).toBe('table  rows\n')
})

test('control characters of a cell are escaped, so that a cell is no line of its own', () => {
  expect(textTable(['name'], [['a\nb\u001b[2J']])).toBe('name\na\\u000ab\\u001b[2J\n')
})

test('ids are aligned to the left, though their digits may all be decimal', () => {
  expect(textTable(['id', 'times'], [['16585634', '1']])).toBe('id        times\n16585634      1\n')
})
