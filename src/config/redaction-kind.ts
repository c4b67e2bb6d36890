import { createRequire } from 'node:module'
import type { RE2JS as Re2 } from 're2js'
import * as z from 'zod'
import { patternNames } from '../map/redact/patterns.ts'
import type { CustomPattern } from '../map/redact/redaction-parts.ts'
import type { RedactionRules } from '../map/redact/redactor.ts'
import { commaSeparated, parsedJson, textOr, type ValueKind } from './value-kinds.ts'

/** A pattern of a user, with its text. */
interface CompiledPattern extends CustomPattern {
  readonly source: string
}

const texts = z.array(z.string().min(1))
const fixed = z.array(z.enum(patternNames))
const customName = /^[a-z][a-z0-9_]{0,30}$/

/** Which secrets are redacted: `off`, `on` for all fixed patterns, some of them, or these with patterns of users and keys. */
export function redaction(): ValueKind<RedactionRules | null> {
  const rules = z
    .strictObject({
      patterns: fixed.default([...patternNames]),
      custom: z.record(z.string().regex(customName), z.string().min(1)).default({}),
      blocked_keys: texts.default([]),
    })
    .transform(({ patterns, custom, blocked_keys }, context): RedactionRules => {
      const compiled = Object.entries(custom).flatMap(([name, source]): CustomPattern[] => {
        const pattern = compile(name, source)
        if (pattern === undefined) context.addIssue({ code: 'custom', message: `${name} is no pattern of RE2` })
        return pattern === undefined ? [] : [pattern]
      })
      return { patterns, custom: compiled, blockedKeys: blocked_keys }
    })
  return {
    allowed: `off; on, for all fixed patterns (${patternNames.join(', ')}); some of these, separated by commas; or a map or JSON: {"patterns": ["email", "key"], "custom": {"staff": "EMP-[0-9]{6}"}, "blocked_keys": ["*password*", "authorization"]}, where \`custom\` has patterns in the syntax of RE2 that match no empty text`,
    schema: textOr(rulesIn, z.union([z.null(), rules])),
    shown: (value) => (value === null ? 'off' : shownRules(value)),
  }
}

/** What a text says, for `rules`. */
function rulesIn(text: string): unknown {
  if (text === 'off') return null
  if (text === 'on') return {}
  return text.trimStart().startsWith('{') ? parsedJson(text) : { patterns: commaSeparated(text) }
}

function shownRules({ patterns, custom, blockedKeys }: RedactionRules): object {
  const written = (custom as readonly CompiledPattern[]).map(({ name, source }) => [name, source] as const)
  return { patterns, custom: Object.fromEntries(written), blocked_keys: blockedKeys }
}

/**
 * Compiles a pattern of a user by RE2, which takes linear time whatever the pattern and the text are. Loaded where there is
 * such a pattern. undefined: the pattern is none, or it matches an empty text.
 */
function compile(name: string, source: string): CompiledPattern | undefined {
  const { RE2JS } = createRequire(import.meta.url)('re2js') as { RE2JS: typeof Re2 }
  try {
    const pattern = RE2JS.compile(source)
    if (pattern.matcher('').find()) return undefined
    return { name, source, replace: (text, standIn) => replaced(pattern, text, standIn) }
  } catch {
    return undefined
  }
}

function replaced(pattern: Re2, text: string, standIn: (match: string) => string): string {
  const matcher = pattern.matcher(text)
  let [redacted, end] = ['', 0]
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue
    redacted += text.slice(end, matcher.start()) + standIn(text.slice(matcher.start(), matcher.end()))
    end = matcher.end()
  }
  return redacted + text.slice(end)
}
