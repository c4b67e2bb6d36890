import type { CallRow } from '../../../../../queries/rows/call-rows.ts'

/** The parts of a cost in the order in which they are read. */
export const partOrder: readonly string[] = [
  'input',
  'cache_read',
  'cache_write',
  'cache_write_1h',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
]

/** The parts that any call has, in the order in which they are read. */
export function partsOf(calls: readonly CallRow[]): string[] {
  const found = new Set(calls.flatMap(({ cost_parts }) => Object.keys(cost_parts ?? {})))
  const known = partOrder.filter((part) => found.has(part))
  return [...known, ...[...found].filter((part) => !partOrder.includes(part)).sort()]
}

export function partName(part: string): string {
  const names: Readonly<Record<string, string>> = {
    cache_read: 'Cached',
    cache_write: 'Written',
    cache_write_1h: 'Written, 1 h',
  }
  return names[part] ?? part.charAt(0).toUpperCase() + part.slice(1).replaceAll('_', ' ')
}
