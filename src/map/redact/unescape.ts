/** Writes printable characters for their escapes: a text that is JSON without its end can't be parsed. */
export function unescapedAscii(text: string): string {
  return text.replace(/\\u00([0-7][0-9a-fA-F])/g, (written, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    if (character < ' ' || character === '\x7f') return ' '
    return character === '"' || character === '\\' ? written : character
  })
}
