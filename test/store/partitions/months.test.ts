import { expect, test } from 'vitest'
import { addMonths, boundOf, monthOf, monthsBetween, partitionName } from '../../../src/store/partitions/months.ts'

test('a month is that of UTC', () => {
  expect(monthOf(new Date('2026-11-30T23:59:59.999Z'))).toBe('2026-11')
  expect(monthOf(new Date('2026-12-01T00:30:00+01:00'))).toBe('2026-11')
})

test('months are counted over the ends of years', () => {
  expect(addMonths('2026-11', 3)).toBe('2027-02')
  expect(addMonths('2026-01', -1)).toBe('2025-12')
  expect(monthsBetween('2026-11', '2027-02')).toEqual(['2026-11', '2026-12', '2027-01'])
  expect(monthsBetween('2027-02', '2026-11')).toEqual([])
})

test('partitions have the names that the schema asks for, and bounds in UTC', () => {
  expect(partitionName('task_executions', '2025-10')).toBe('task_executions_2025_10')
  expect(partitionName('event_logs', 'past')).toBe('event_logs_past')
  expect(boundOf('2026-11')).toBe("'2026-11-01 00:00:00+00'")
})
