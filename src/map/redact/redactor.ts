import type { AnyValue, Attributes } from '../../decode/span.ts'
import { blockedBy } from './blocked-keys.ts'
import { ItemRedaction } from './item-redaction.ts'
import { expressionOf, hintOf, type PatternName } from './patterns.ts'
import type { CustomPattern, RedactionParts } from './redaction-parts.ts'

/** What is redacted. */
export interface RedactionRules {
  readonly patterns: readonly PatternName[]
  readonly custom: readonly CustomPattern[]
  /** Names of attributes, and of keys in JSON, whose values are replaced whole; `*` is any text, letters have no case. */
  readonly blockedKeys: readonly string[]
}

/** What is redacted, and what takes its place. */
export interface RedactionOptions extends RedactionRules {
  /** The key of the hashes that stand in for secrets; null: a secret in a text is replaced without a hash. */
  readonly hashKey: string | null
}

/**
 * Replaces secrets in all that is stored of an item. No method throws: what can't be redacted is replaced whole and counted.
 * `most` is the length to which the caller will cut a text: what lies far behind it isn't looked at.
 */
export interface Redactor {
  text(text: string, most: number): string
  /**
   * A name, or a value by which things are told apart: four digits of a hash follow the kind of a secret, so that names that
   * differ still differ. They are far too few to find the secret.
   */
  name(name: string): string
  /** JSON text, whose texts and keys are redacted as names are: arguments of tools are compared. */
  json(json: string): string
  /** `mostText` is the length to which a text that is a whole attribute is cut. */
  attributes(attributes: Attributes, most: number, mostText?: number): Attributes
  value(value: AnyValue, most: number): AnyValue
}

/** Makes redactors. */
export interface Redaction {
  /** The redactor of an item, which also replaces, wherever they are, the texts under blocked keys in these values. */
  forItem(...values: readonly AnyValue[]): Redactor
  /** What was replaced since the last call, by pattern; `failed` for what could not be redacted. */
  takeCounts(): ReadonlyMap<string, number>
}

/** Prepares the patterns. */
export function openRedaction(options: RedactionOptions): Redaction {
  const { patterns, custom, blockedKeys, hashKey } = options
  const parts: RedactionParts = {
    expression: expressionOf(patterns),
    hint: hintOf(patterns),
    hintWithoutEmail: hintOf(patterns.filter((name) => name !== 'email')),
    hasCards: patterns.includes('card'),
    custom,
    hashKey,
    ...blockedBy(blockedKeys),
    counts: new Map(),
    names: new Map(),
  }
  return {
    forItem: (...values) => new ItemRedaction(parts, values),
    takeCounts: () => {
      const taken = new Map(parts.counts)
      parts.counts.clear()
      return taken
    },
  }
}
