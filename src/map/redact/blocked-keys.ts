import type { RedactionParts } from './redaction-parts.ts'

const mostKnown = 8_192
/** Longer keys are compared by their beginning: senders may write any text as a key. */
const longestKey = 256

/** Prepares names of keys, in which `*` is any text. */
export function blockedBy(blockedKeys: readonly string[]): Pick<RedactionParts, 'isBlocked' | 'blockedHint'> {
  if (blockedKeys.length === 0) return { isBlocked: () => false, blockedHint: null }
  const whole = new RegExp(`^(?:${blockedKeys.map((key) => key.split('*').map(escaped).join('[^]*')).join('|')})$`, 'i')
  const known = new Map<string, boolean>()
  return {
    isBlocked: (key) => {
      const before = known.get(key)
      if (before !== undefined) return before
      const isOne = whole.test(key.slice(0, longestKey))
      if (known.size < mostKnown && key.length <= longestKey) known.set(key, isOne)
      return isOne
    },
    // the longest literal part of each; a key that is only `*` is everywhere
    blockedHint: new RegExp(
      blockedKeys.map((key) => escaped(key.split('*').reduce((a, b) => (b.length > a.length ? b : a), ''))).join('|'),
      'i',
    ),
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
