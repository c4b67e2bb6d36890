import { expect, test } from 'vitest'
import { BinaryRows } from '../../../src/store/tables/binary-copy.ts'

const header = '5047434f50590aff0d0a00' + '00000000' + '00000000'
const trailer = 'ffff'

/** The bytes between header and trailer, in hex. */
function bytesOf(write: (rows: BinaryRows) => void): string {
  const rows = new BinaryRows()
  write(rows)
  const hex = rows.finish().toString('hex')
  expect(hex.startsWith(header)).toBe(true)
  expect(hex.endsWith(trailer)).toBe(true)
  return hex.slice(header.length, -trailer.length)
}

test.each<[string, (rows: BinaryRows) => void, string]>([
  ['a row of 3 fields', (rows) => rows.row(3), '0003'],
  ['null', (rows) => rows.null(), 'ffffffff'],
  ['a text', (rows) => rows.text('aß'), '00000003' + '61c39f'],
  ['jsonb', (rows) => rows.jsonb('{}'), '00000003' + '01' + '7b7d'],
  [
    'a uuid',
    (rows) => rows.uuid('0af76519-16cd-43dd-8448-eb211c80319c'),
    '00000010' + '0af7651916cd43dd8448eb211c80319c',
  ],
  [
    'a uuid without dashes',
    (rows) => rows.uuid('0AF7651916cd43dd8448eb211c80319c'),
    '000000100af7651916cd43dd8448eb211c80319c',
  ],
  ['true', (rows) => rows.boolean(true), '0000000101'],
  ['an int4', (rows) => rows.int4(-2), '00000004' + 'fffffffe'],
  ['an int8', (rows) => rows.int8(-2), '00000008' + 'fffffffffffffffe'],
  [
    'the time 2000-01-01 and 1.999 µs',
    (rows) => rows.timestamptz(946_684_800_000_001_999n),
    '00000008' + '0000000000000001',
  ],
  ['the day after 2000-01-01', (rows) => rows.date('2000-01-02'), '00000004' + '00000001'],
  [
    '12345.67',
    (rows) => rows.numeric('12345.67'),
    '0000000e' + '0003' + '0001' + '0000' + '0002' + '00010929' + '1a2c',
  ],
  ['0.00', (rows) => rows.numeric('0.00'), '00000008' + '0000' + '0000' + '0000' + '0002'],
])('%s has the bytes that PostgreSQL documents', (_, write, expected) => {
  expect(bytesOf(write)).toBe(expected)
})

test('a buffer grows with its rows, and a released one is used again', () => {
  const large = 'x'.repeat(1 << 20)
  const hex = bytesOf((rows) => rows.text(large))
  expect(hex).toBe(`00100000${Buffer.from(large).toString('hex')}`)
  const first = new BinaryRows()
  const memory = first.finish().buffer
  first.release()
  expect(new BinaryRows().finish().buffer).toBe(memory)
  const second = new BinaryRows()
  expect(second.finish().buffer).not.toBe(memory)
})

test('a buffer that was too small is freed at once, and one that is not kept', () => {
  const text = 'x'.repeat(200_000)
  const before = process.memoryUsage().arrayBuffers
  const ten = Array.from({ length: 10 }, () => new BinaryRows())
  for (const rows of ten) for (let i = 0; i < 10; i++) rows.text(text)
  const grown = process.memoryUsage().arrayBuffers
  for (const rows of ten) rows.release()
  const released = process.memoryUsage().arrayBuffers
  // the last size of each is 4 MiB at most, those before come to as much; four are kept
  expect(grown - before).toBeLessThan(10 * 4.5e6)
  expect(released - before).toBeLessThan(4 * 4.5e6)
})
