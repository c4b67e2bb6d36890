import { documents, readDocument } from './documents.ts'

/** The text of a document's block under `<!-- tried: name -->`, so that what users read is what tests run. */
export function snippet(name: string): string {
  const block = new RegExp(`<!-- tried: ${name} -->\n\`\`\`\\w+\n([^]*?)\`\`\``, 'g')
  const found = documents.flatMap((file) => [...readDocument(file).matchAll(block)].map(([, text]) => text!))
  if (found.length !== 1) throw new Error(`${found.length} documents have a block under <!-- tried: ${name} -->`)
  return found[0]!
}
