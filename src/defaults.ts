/**
 * The settings that decide what is stored, for the receiver and the exporter alike: the same spans give the same rows,
 * whichever of the two writes them (law 2, E34). Each of the two reads them in its own way, so that the exporter needs
 * neither the receiver's configuration nor its packages.
 */

/** How much is stored of each text of a conversation or a tool: all, this many characters, or nothing. */
export type Content = 'all' | 'none' | number

/** Whether a span with an absent local parent ends its task: never (`wait`), always (`ends`), or for these service names. */
export type AbsentParent = 'wait' | 'ends' | readonly string[]

/** The defaults. What each setting means: `settings` in config/settings.ts. */
export const storedByDefault = {
  workflowKeys: [],
  attributes: {},
  absentParent: 'wait',
  prices: {},
  content: 'all',
  payloadBytes: 16_384,
  textCharacters: 65_536,
  redaction: null,
  redactionKey: null,
  refusedDays: 30,
  refusedSpans: 100_000,
} as const

/** The range of a whole number, both ends included. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** The characters that `content` may allow. */
export const contentCharacters: Range = { least: 64, most: 1 << 24 }

export function isContent(value: unknown): value is Content {
  return value === 'all' || value === 'none' || isWholeNumber(value, contentCharacters)
}

export function isWholeNumber(value: unknown, { least, most }: Range): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

/** The number that a text of decimal digits is; any other text as it is, to be refused with its own words. */
export function numberOrText(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}

/** The boolean that a text is; undefined for any other text. */
export function booleanOf(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}
