import stringWidth from 'string-width'

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Returns how many columns of a terminal a text takes: 2 for a wide character, 0 for one that joins another. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** Cuts a text to a width in columns. A text that is cut ends in `ending`. */
export function cutToWidth(text: string, width: number, ending: string): string {
  if (text.length <= width && /^[\x20-\x7e]*$/.test(text)) return text
  if (widthOf(text) <= width) return text
  const room = width - widthOf(ending)
  let kept = ''
  let taken = 0
  for (const { segment } of segmenter.segment(text)) {
    taken += widthOf(segment)
    if (taken > room) break
    kept += segment
  }
  return `${kept.trimEnd()}${ending}`
}

/** Fills a text with blanks up to a width in columns. */
export function padToWidth(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? `${blanks}${text}` : `${text}${blanks}`
}

/** Breaks a text between words into lines of a width in columns. A longer word has a line of its own. */
export function wrapToWidth(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || widthOf(line) + 1 + widthOf(word) > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
