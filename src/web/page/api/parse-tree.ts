import type { TreeAnswer } from '../../answers/tree.ts'
import { openPauses } from './pauses.ts'

const key = '"columns":{'

/**
 * Parses the answer with a tree. That of a hundred thousand spans is 10 MB of JSON, which takes longer to parse than a
 * frame may: each column is parsed by itself, and frames are drawn in between.
 */
export async function parseTree(text: string): Promise<TreeAnswer> {
  // a quotation mark within a text has a backslash before it: this is the key of the columns, and no part of a name
  const at = text.indexOf(key)
  if (at < 0) return JSON.parse(text) as TreeAnswer
  const pauseIfLong = openPauses()
  const columns: Record<string, unknown> = {}
  let place = at + key.length
  while (text[place] !== '}') {
    // a column has numbers or ids, and neither has brackets
    const begin = text.indexOf('[', place)
    const end = text.indexOf(']', begin) + 1
    columns[JSON.parse(text.slice(place, begin - 1))] = JSON.parse(text.slice(begin, end))
    place = text[end] === ',' ? end + 1 : end
    await pauseIfLong()
  }
  const rest = JSON.parse(`${text.slice(0, at)}${key}}${text.slice(place + 1)}`) as TreeAnswer
  return { ...rest, columns: columns as unknown as TreeAnswer['columns'] }
}
