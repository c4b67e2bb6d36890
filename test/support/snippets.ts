import { readFileSync } from 'node:fs'
import { readmePath } from './readme.ts'

/** The text of the README's block under `<!-- tried: name -->`, so that what users read is what tests run. */
export function snippet(name: string): string {
  const block = new RegExp(`<!-- tried: ${name} -->\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(readFileSync(readmePath, 'utf8'))
  if (!block) throw new Error(`README.md has no block under <!-- tried: ${name} -->`)
  return block[1]!
}
