import { expect, test } from 'vitest'
import { escapedLines, escapedText } from '../src/terminal-text.ts'

test('what a terminal obeys is escaped, and all other text stays', () => {
  expect(escapedText('\u001b]0;title\u0007 \u009b2J\r\n\u202e café 日本 🦀')).toBe(
    '\\u001b]0;title\\u0007 \\u009b2J\\u000d\\u000a\\u202e café 日本 🦀',
  )
})

test('the breaks between lines stay', () => {
  expect(escapedLines('a\u001b[2J\nb')).toBe('a\\u001b[2J\nb')
})
