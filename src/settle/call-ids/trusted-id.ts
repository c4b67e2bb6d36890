import type { Facts, UsageRole } from '../../map/facts/facts.ts'

/** The least bits of an id that says of two reports that they may be one call. Below are the ids of servers that draw from a thousand. */
const leastBits = 24
/** With so many bits an id alone says that two reports are one call: no two calls draw it by chance. */
export const strongBits = 64

/** UUIDs of all versions. */
const uuid = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i
/** The bits of a UUID of version 4; others have more in common, but no two are equal. */
const uuidBits = 122
/** The ids that mapping makes of a conversation's first text and the place of a call in it, which conversations share. */
const positionId = /^[\da-f]{16}:\d+$/

/**
 * Whether an id that a model's provider, a server or a client made identifies one call among all calls of a tenant: it has
 * at least 24 bits that look drawn. The shape decides, and no list of prefixes: `chatcmpl-` stands before 29 drawn
 * characters and before a number from 0 to 999 (docs/design.md §4.7).
 */
export function isTrustedId(id: string): boolean {
  return drawnBits(id) >= leastBits
}

/** How many bits of an id look drawn. */
export function drawnBits(id: string): number {
  if (id.includes(':') && positionId.test(id)) return 0
  const found = id.length < 36 ? undefined : uuid.exec(id)?.[0]
  // a UUID that is written by hand (`00000000-0000-…-0001`) has few different digits
  if (found !== undefined) return new Set(found).size > 8 ? uuidBits : 0
  let bits = 0
  let start = 0
  for (let i = 0; i <= id.length; i++) {
    if (i < id.length && kindOf(id.charCodeAt(i)) !== 0) continue
    if (i > start) bits += drawnBitsOf(id, start, i)
    start = i + 1
  }
  return bits
}

const [digit, lower, upper] = [1, 2, 4]

/** Whether a character is a digit or a letter of ASCII; 0 for any other. */
function kindOf(code: number): number {
  if (code >= 48 && code <= 57) return digit
  if (code >= 97 && code <= 122) return lower
  return code >= 65 && code <= 90 ? upper : 0
}

/**
 * The bits of a segment of letters and digits. A word, a number and a word with a number behind it are not drawn: in what is
 * drawn, letters follow digits and the case changes again and again, but for the lower case after a capital, as in words.
 * This runs for each id that arrives, so it reads each character once.
 */
function drawnBitsOf(id: string, from: number, to: number): number {
  let [kinds, changes, isHex] = [0, 0, true]
  for (let i = from, before = 0; i < to; i++) {
    const code = id.charCodeAt(i)
    const kind = kindOf(code)
    if (before !== 0 && kind !== before && !(before === upper && kind === lower)) changes++
    if (kind !== digit && (code | 32) > 102) isHex = false
    kinds |= kind
    before = kind
  }
  const length = to - from
  if (kinds === digit) return isDrawnNumber(id.slice(from, to)) ? length * Math.log2(10) : 0
  const least = length > 5 && kindOf(id.charCodeAt(from)) === digit ? 1 : Math.max(2, length / 5)
  if (changes < least) return 0
  const hasBothCases = (kinds & (lower | upper)) === (lower | upper)
  return length * Math.log2(hasBothCases ? 62 : isHex ? 16 : 36)
}

/** A counter with zeros before it, a time (10 to 19 digits from 1 on) and a date (from 20 on) are not drawn. */
function isDrawnNumber(digits: string): boolean {
  return digits.length > 7 && !/^(0|1\d{9,18}$|20\d{6})/.test(digits)
}

/** The roles of usages that are those of one call. */
const ofOneCall: ReadonlySet<UsageRole> = new Set(['call', 'poll', 'copy'])

const noIds: readonly string[] = []

/** The trusted ids of calls and tool runs that a span or record reports as of its own trace, without those that are known. */
export function trustedIdsIn(
  { usage, tool, answers }: Facts,
  known: Pick<ReadonlySet<string>, 'has'>,
): readonly string[] {
  const responseId = usage !== null && ofOneCall.has(usage.role) ? usage.responseId : null
  const callId = tool === null ? null : tool.callId
  if (responseId === null && callId === null && answers.length === 0) return noIds
  const reported = [responseId, callId]
  for (const answer of answers) if (!answer.earlier && !answer.repeated) reported.push(answer.callId)
  return reported.filter((id): id is string => id !== null && !known.has(id) && isTrustedId(id))
}
