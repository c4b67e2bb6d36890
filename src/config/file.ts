import { readFileSync } from 'node:fs'
import { isMap, isScalar, LineCounter, parseDocument, type YAMLError } from 'yaml'
import { Misconfigured } from '../errors.ts'

/** How one says which file is read. It can't be a setting like the others, since it would stand in the file itself. */
export const configFile = {
  key: 'SPANLEDGER_CONFIG',
  flag: 'config',
  default: 'spanledger.yaml',
  doc: 'The configuration file (YAML). Without it `spanledger.yaml` in the working directory is read, if it is there.',
} as const

/** A configuration file: its keys, with what each was given and in which line. A key with nothing behind it is absent. */
export interface ConfigFile {
  readonly path: string
  readonly entries: ReadonlyMap<string, { readonly value: unknown; readonly line: number }>
}

/** Reads the file that is named, else the default one; null where that doesn't exist. Throws Misconfigured. */
export function readConfigFile(named: string | undefined): ConfigFile | null {
  const path = named ?? configFile.default
  try {
    return parseConfigFile(path, readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Misconfigured) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (named === undefined && code === 'ENOENT') return null
    throw new Misconfigured(`${path} can't be read as the configuration file: ${message}.`, { cause: error })
  }
}

/** Throws Misconfigured, which names the line, for what is no YAML, no map, or has a key twice. */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const lines = new LineCounter()
  const lineAt = (offset: number) => lines.linePos(offset).line
  const wrongAt = (offset: number, what: string) => new Misconfigured(`${path}:${lineAt(offset)}: ${what}.`)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [wrong] = [...document.errors, ...document.warnings]
  if (wrong) throw wrongAt(wrong.pos[0], explained(wrong, text))
  const { contents } = document
  if (contents === null) return { path, entries: new Map() }
  if (!isMap(contents)) throw new Misconfigured(`${path}: the file must be a map of settings, such as "lanes: 4".`)
  const entries = contents.items.map(({ key, value }) => {
    const [offset = 0] = (isScalar(key) && key.range) || []
    try {
      return [String(key), { value: document.createNode(value).toJS(document), line: lineAt(offset) }] as const
    } catch {
      throw wrongAt(offset, 'this is no YAML (bad alias)')
    }
  })
  return { path, entries: new Map(entries.filter(([, { value }]) => value !== null)) }
}

/** The library's own sentences quote the line, and a line may hold a password: only the kind of the error is told. */
function explained({ code, pos }: YAMLError, text: string): string {
  const word = /^[\w.-]+/.exec(text.slice(pos[0]))?.[0] ?? 'a key'
  return code === 'DUPLICATE_KEY'
    ? `${word} stands twice`
    : `this is no YAML (${code.toLowerCase().replaceAll('_', ' ')})`
}
