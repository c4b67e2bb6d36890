import { isUuid } from '../../../columns.ts'
import { type RunCursor, type RunSort, runSorts } from '../../../queries/runs/runs.ts'
import { WrongRequest } from '../../http/page-errors.ts'

/** Writes the place of a row as a text for a URL. */
export function cursorText({ sort, key, id, boundedSince }: RunCursor): string {
  return Buffer.from(JSON.stringify([sort, key, id, boundedSince ?? ''])).toString('base64url')
}

/** Reads the place of a row. Throws for a text that is none, or of a list that was sorted by something else. */
export function cursorOf(text: string | undefined, sort: RunSort): RunCursor | null {
  if (text === undefined) return null
  const [of, key, id, boundedSince] = partsIn(text)
  const isKey = sort === 'started' ? /^\d{4,}-[-\d:. +]{10,40}$/.test(key) : /^-?\d{1,18}$/.test(key)
  const isBound = boundedSince === '' || /^\d{4,}-[-\d:.T]{10,40}Z$/.test(boundedSince)
  if (!runSorts.some((one) => one === of) || of !== sort || !isKey || !isUuid(id) || !isBound)
    throw new WrongRequest(400, 'wrong-parameter', 'The place in the list is none of this list.', 'Begin at its start.')
  return { sort, key, id, boundedSince: boundedSince || null }
}

function partsIn(text: string): [string, string, string, string] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (Array.isArray(parts) && parts.length === 4) return parts.map(String) as [string, string, string, string]
  } catch {
    // not JSON: it is no place
  }
  return ['', '', '', '']
}
