import { messageOf } from '../../errors.ts'
import { Unreadable } from '../unreadable.ts'

/** A value of JSON whose numbers are their text: money is never a float. */
export type Json = null | boolean | string | readonly Json[] | ExportObject

export interface ExportObject {
  readonly [name: string]: Json | undefined
}

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\]]/g

/**
 * Reads JSON with its numbers as text. A file may hold several values, one a line or one after the other, as where the
 * pages of an API were appended to it.
 */
export function parseExportJson(text: string): Json[] {
  const values: Json[] = []
  let depth = 0
  let start = 0
  let quoted = ''
  for (const match of text.matchAll(token)) {
    const [found] = match
    const isNumber = found !== '{' && found !== '}' && found !== '[' && found !== ']' && !found.startsWith('"')
    quoted += text.slice(start, match.index) + (isNumber ? `"${found}"` : found)
    start = match.index + found.length
    if (found === '{' || found === '[') depth++
    if (found !== '}' && found !== ']') continue
    depth--
    if (depth > 0) continue
    values.push(jsonValue(quoted))
    quoted = ''
  }
  const rest = quoted + text.slice(start)
  if (depth !== 0 || rest.trim().replace(/^,|,$/g, '') !== '')
    throw new Unreadable('it ends in the middle of JSON: the file is truncated')
  return values
}

function jsonValue(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new Unreadable(`it is no JSON: ${messageOf(error)}`, { cause: error })
  }
}

export function isObject(value: Json | undefined): value is ExportObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectIn(value: Json | undefined): ExportObject {
  return isObject(value) ? value : {}
}

export function listIn(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

/** The text of a value; null where it is absent, null, or no text. */
export function textIn(value: Json | undefined): string | null {
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}
