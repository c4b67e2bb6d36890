import { createHash, createHmac } from 'node:crypto'

/** A pattern that a user has written: `replace` puts what `standIn` returns in place of each match. */
export interface CustomPattern {
  readonly name: string
  readonly replace: (text: string, standIn: (match: string) => string) => string
}

/** What all redactors of a receiver share. */
export interface RedactionParts {
  readonly expression: RegExp
  readonly hint: RegExp
  /** The hint for texts that have no `@`. */
  readonly hintWithoutEmail: RegExp
  readonly hasCards: boolean
  readonly custom: readonly CustomPattern[]
  readonly hashKey: string | null
  /** Whether the value of this key is replaced. */
  readonly isBlocked: (key: string) => boolean
  /** Finds what is in each blocked key; null where no key is blocked. */
  readonly blockedHint: RegExp | null
  readonly counts: Map<string, number>
  /** Names as they are stored: a receiver sees the same few ones again and again. */
  readonly names: Map<string, string>
}

/** Returns what stands in place of a secret, and counts it. `asName`: what differs must still differ. */
export function standIn(parts: RedactionParts, kind: string, secret: string, asName: boolean): string {
  count(parts, kind)
  const { hashKey } = parts
  if (hashKey !== null) return `[${kind}:${createHmac('sha256', hashKey).update(secret).digest('hex').slice(0, 12)}]`
  return asName ? `[${kind}:${createHash('sha256').update(secret).digest('hex').slice(0, 4)}]` : `[${kind}]`
}

/** Counts one replacement. */
export function count({ counts }: RedactionParts, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}
