import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as yaml from 'yaml'
import { Misconfigured } from '../errors.ts'

/** The variable and the flag that name the configuration file. They are no setting, which would be in the file itself. */
export const configFile = {
  key: 'SPANLEDGER_CONFIG',
  flag: 'config',
  default: 'spanledger.yaml',
  doc: 'The configuration file (YAML). Without it `spanledger.yaml` in the working directory is read, if it is there.',
} as const

/** A configuration file: its keys, each with its value and line. A key without a value counts as absent. */
export interface ConfigFile {
  readonly path: string
  readonly entries: ReadonlyMap<string, { readonly value: unknown; readonly line: number }>
}

/** Reads the named file, else the default one; null where the default one doesn't exist. Throws Misconfigured. */
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

/** Parses a file. Throws Misconfigured, with the line, for a text that is no YAML, is no map, or has a key twice. */
export function parseConfigFile(path: string, text: string): ConfigFile {
  // loaded where there is a file: a command starts sooner without it
  const { isMap, isScalar, LineCounter, parseDocument } = createRequire(import.meta.url)('yaml') as typeof yaml
  const lines = new LineCounter()
  const lineAt = (offset: number) => lines.linePos(offset).line
  const errorAt = (offset: number, what: string) => new Misconfigured(`${path}:${lineAt(offset)}: ${what}.`)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [wrong] = [...document.errors, ...document.warnings]
  if (wrong) throw errorAt(wrong.pos[0], kindOf(wrong, text))
  const { contents } = document
  if (contents === null) return { path, entries: new Map() }
  if (!isMap(contents)) throw new Misconfigured(`${path}: the file must be a map of settings, such as "lanes: 4".`)
  const entries = contents.items.map(({ key, value }) => {
    const [offset = 0] = (isScalar(key) && key.range) || []
    try {
      return [String(key), { value: document.createNode(value).toJS(document), line: lineAt(offset) }] as const
    } catch {
      throw errorAt(offset, 'this is no YAML (bad alias)')
    }
  })
  return { path, entries: new Map(entries.filter(([, { value }]) => value !== null)) }
}

/** The kind of an error. The library's own sentence isn't used: it quotes the line, which may contain a password. */
function kindOf({ code, pos }: yaml.YAMLError, text: string): string {
  const word = /^[\w.-]+/.exec(text.slice(pos[0]))?.[0] ?? 'a key'
  return code === 'DUPLICATE_KEY'
    ? `${word} stands twice`
    : `this is no YAML (${code.toLowerCase().replaceAll('_', ' ')})`
}
