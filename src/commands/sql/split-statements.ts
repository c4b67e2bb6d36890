/** The statements of a text, and what is left after the last semicolon. */
export interface SplitText {
  readonly statements: readonly string[]
  readonly rest: string
}

/** What a semicolon ends no statement in: quoted texts and names, dollar quotes, comments. The longest beginning goes first. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_]*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\/|;|[\s\S]/g

/** Splits a text into statements at the semicolons that end them. Statements that are empty are left out. */
export function splitStatements(text: string): SplitText {
  const statements: string[] = []
  let current = ''
  for (const [part] of text.matchAll(token)) {
    if (part !== ';') current += part
    else {
      if (current.trim() !== '') statements.push(current.trim())
      current = ''
    }
  }
  return { statements, rest: current.trim() }
}

/** Whether a text ends within a quoted text, a name or a comment, so that a semicolon in it ends nothing. */
export function isOpen(text: string): boolean {
  const outside = text.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_]*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\//g,
    '',
  )
  return /['"]|\/\*|\$[A-Za-z_]*\$/.test(outside)
}
