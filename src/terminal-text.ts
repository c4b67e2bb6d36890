/**
 * Escapes control and format characters as JSON does: a sender chooses names, messages and models, and a terminal obeys
 * the characters that begin an escape sequence or a line.
 */
export function escapedText(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => hex(character.charCodeAt(i))).join(''),
  )
}

/** Escapes a text of several lines, whose breaks stay. */
export function escapedLines(text: string): string {
  return text.split('\n').map(escapedText).join('\n')
}

function hex(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, '0')}`
}
