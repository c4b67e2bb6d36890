import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const src = path.join(import.meta.dirname, '..', 'src')
/** In the order of the data. A room may know the types of those before it. */
const rooms = ['accept', 'decode', 'map', 'queue', 'settle', 'store']
/** Doors and what surrounds them, which the rooms may not know; errors are everybody's. */
const shared = ['errors.ts']

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(src, file), 'utf8')
  const statements = text.matchAll(/^(import|export)\s+(type\s+)?[^'"]*?from\s+'(\.[^']+)'/gms)
  return [...statements].map(([whole, , type, target]) => ({
    from: file,
    to: path.posix.normalize(path.posix.join(path.posix.dirname(file), target!)),
    typeOnly: type !== undefined || /^\w+\s+\{\s*(type\s+\w+(\s+as\s+\w+)?,?\s*)+\}/s.test(whole),
  }))
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const all = files.flatMap(importsOf)
/** '' for a door; `commands/` is one. */
const roomOf = (file: string) => rooms.find((room) => file.startsWith(`${room}/`)) ?? ''

test('a room imports only types from other rooms, and only from earlier ones', () => {
  const between = all.filter(
    ({ from, to }) => roomOf(from) !== '' && roomOf(to) !== roomOf(from) && !shared.includes(to),
  )
  expect(between.length).toBeGreaterThan(20)
  expect(between.filter(({ typeOnly }) => !typeOnly)).toEqual([])
  expect(
    between.filter(({ from, to }) => rooms.indexOf(roomOf(to)) >= rooms.indexOf(roomOf(from)) || roomOf(to) === ''),
  ).toEqual([])
})

test('no file comes round to itself by its imports', () => {
  const next = new Map(files.map((file) => [file, all.filter(({ from }) => from === file).map(({ to }) => to)]))
  const done = new Set<string>()
  const walk = (file: string, line: readonly string[]): void => {
    expect(line, [...line, file].join(' → ')).not.toContain(file)
    if (done.has(file)) return
    for (const to of next.get(file) ?? []) walk(to, [...line, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
})

test('the exporter reaches nothing of the receiver, and few packages', () => {
  const values = all.filter(({ typeOnly }) => !typeOnly)
  const reached = new Set(['exporter.ts'])
  for (const file of reached) for (const { from, to } of values) if (from === file) reached.add(to)
  expect(reached.size).toBeGreaterThan(100)
  const foreign = ['accept/', 'commands/', 'receiver.ts', 'receive.ts', 'events.ts', 'settings.ts', 'config']
  expect([...reached].filter((file) => foreign.some((beginning) => file.startsWith(beginning)))).toEqual([])
  const packages = [...reached].flatMap((file) => {
    const text = readFileSync(path.join(src, file), 'utf8')
    return [...text.matchAll(/(?:^import (?!type)[^'"]*from |import\()'([^.'][^']*)'/gm)].map(([, name]) => name!)
  })
  expect([...new Set(packages.filter((name) => !name.startsWith('node:')))].sort()).toEqual([
    '@opentelemetry/api',
    '@pydantic/genai-prices',
    'pg',
    'pg-copy-streams',
  ])
  const modules = packages.filter((name) => name.startsWith('node:'))
  expect(modules.filter((name) => /http|net|tls|cluster|worker|child/.test(name))).toEqual([])
})
