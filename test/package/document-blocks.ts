import { readDocument } from '../support/documents.ts'

/** A fenced block of a document. */
export interface Block {
  /** The document, and the line on which the block begins. */
  readonly place: string
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a document in their order. */
export function blocksOf(document: string): readonly Block[] {
  const page = readDocument(document)
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: text }) => ({
    place: `${document}:${page.slice(0, index).split('\n').length}`,
    language: language!,
    text: text!,
  }))
}

/** Splits shell text into its commands. A command goes on over lines in quotes, a here-document or after a backslash. */
export function commandsOf(text: string): readonly string[] {
  const commands: string[] = []
  let command = ''
  for (const line of text.trimEnd().split('\n')) {
    command = command === '' ? line : `${command}\n${line}`
    if (!isWhole(command)) continue
    commands.push(command)
    command = ''
  }
  if (command !== '') throw new Error(`a command has no end: ${command}`)
  return commands
}

function isWhole(command: string): boolean {
  const [, end] = /<<'?(\w+)'?/.exec(command) ?? []
  if (end !== undefined) return command.endsWith(`\n${end}`)
  const unquoted = command.replaceAll(/'[^']*'|"(?:\\.|[^"\\])*"|(?<=^|\s)#.*$/gm, '')
  return !/['"]|\\$/.test(unquoted)
}
