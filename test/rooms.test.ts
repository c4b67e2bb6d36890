import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const src = path.join(import.meta.dirname, '..', 'src')
/** In the order of the data. A room may know the types of those before it. */
const rooms = ['accept', 'decode', 'map', 'queue', 'settle', 'store', 'transaction', 'reconcile', 'budgets', 'rollups']
/** The rooms that a room calls itself. */
const joined: Readonly<Record<string, readonly string[]>> = {
  transaction: ['settle', 'store'],
  reconcile: ['store'],
  budgets: ['settle', 'store'],
  rollups: ['store'],
}
/** What all rooms may use; the other files at the top are doors and what surrounds them, which no room may know. */
const shared = ['columns.ts', 'defaults.ts', 'errors.ts', 'free-memory.ts', 'program-folder.ts']

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

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
const all = files.flatMap(importsOf)
/** '' for a door; `commands/` is one. */
const roomOf = (file: string) => rooms.find((room) => file.startsWith(`${room}/`)) ?? ''
const folderOf = (file: string) => path.posix.dirname(file)

/** The first way on which a thing comes round to itself, along `next`; null where there is none. */
function cycleIn(things: Iterable<string>, next: (thing: string) => Iterable<string>): string | null {
  const done = new Set<string>()
  const walk = (thing: string, line: readonly string[]): string | null => {
    if (line.includes(thing)) return [...line, thing].join(' → ')
    if (done.has(thing)) return null
    for (const to of next(thing)) {
      const cycle = walk(to, [...line, thing])
      if (cycle !== null) return cycle
    }
    done.add(thing)
    return null
  }
  for (const thing of things) {
    const cycle = walk(thing, [])
    if (cycle !== null) return cycle
  }
  return null
}

test('a room imports only types from other rooms, and only from earlier ones; transaction also calls settle and store, reconcile and rollups store, budgets both', () => {
  const between = all.filter(
    ({ from, to }) => roomOf(from) !== '' && roomOf(to) !== roomOf(from) && !shared.includes(to),
  )
  expect(between.length).toBeGreaterThan(20)
  const isJoining = ({ from, to }: Import) => joined[roomOf(from)]?.includes(roomOf(to)) === true
  expect(between.filter((one) => !one.typeOnly && !isJoining(one))).toEqual([])
  expect(
    between.filter(({ from, to }) => rooms.indexOf(roomOf(to)) >= rooms.indexOf(roomOf(from)) || roomOf(to) === ''),
  ).toEqual([])
})

test('store knows no span: it imports nothing of other rooms', () => {
  const foreign = all.filter(({ from, to }) => roomOf(from) === 'store' && roomOf(to) !== 'store')
  expect(foreign.filter(({ to }) => !shared.includes(to))).toEqual([])
})

test('no import leads back to its own file, types included', () => {
  const next = new Map(files.map((file) => [file, all.filter(({ from }) => from === file)]))
  expect(cycleIn(files, (file) => (next.get(file) ?? []).map(({ to }) => to))).toBeNull()
})

test('within a room, folders import each other in one direction', () => {
  for (const room of [...rooms, 'queries', 'web', 'web/page']) {
    const isIn = (file: string) => file.startsWith(`${room}/`)
    const inside = all.filter(({ from, to }) => isIn(from) && isIn(to))
    // what lies at the top of a folder joins the folders in it, and holds what they share
    const isPart = (folder: string, of: string) => folder.startsWith(`${of}/`)
    const arrows = inside
      .map(({ from, to }) => [folderOf(from), folderOf(to)] as const)
      .filter(([from, to]) => from !== to && !isPart(from, to) && !isPart(to, from))
    const next = (folder: string) => new Set(arrows.filter(([from]) => from === folder).map(([, to]) => to))
    expect(cycleIn(new Set(arrows.map(([from]) => from)), next)).toBeNull()
  }
})

/** The files that these files load, themselves among them. */
function reachedFrom(...doors: readonly string[]): Set<string> {
  const values = all.filter(({ typeOnly }) => !typeOnly)
  const reached = new Set(doors)
  for (const file of reached) for (const { from, to } of values) if (from === file) reached.add(to)
  return reached
}

/** The packages that files load, those of Node too. */
function packagesOf(reached: ReadonlySet<string>): string[] {
  return [...reached].flatMap((file) => {
    const text = readFileSync(path.join(src, file), 'utf8')
    return [...text.matchAll(/(?:^import (?!type)[^'"]*from |import\()'([^.'][^']*)'/gm)].map(([, name]) => name!)
  })
}

const isForeign = (name: string) => !name.startsWith('node:')

test.each(['tasks', 'cost', 'tools', 'agents'])('%s starts without the receiver, and loads few packages', (name) => {
  const reached = reachedFrom('cli.ts', 'commands/command-line/run-command-line.ts', `commands/look/${name}.ts`)
  const foreign = ['assemble.ts', 'receiver.ts', 'accept/grpc/', 'accept/http/', 'decode/', 'map/dialects/', 'queue/']
  const heavy = [...foreign, 'settle/', 'transaction/', 'store/embedded/', 'web/']
  expect([...reached].filter((file) => heavy.some((beginning) => file.startsWith(beginning)))).toEqual([])
  expect(reached.size).toBeLessThan(90)
  const packages = packagesOf(reached).filter(isForeign)
  // pg is loaded with the first connection
  expect([...new Set(packages)].sort()).toEqual([...['commander', 'fastest-levenshtein', 'pg', 'string-width', 'zod']])
})

test('the exporter reaches nothing of the receiver, and few packages', () => {
  const reached = reachedFrom('exporter.ts')
  expect(reached.size).toBeGreaterThan(100)
  const foreign = [
    'accept/',
    'budgets/',
    'commands/',
    'reconcile/',
    'receiver.ts',
    'receiver/',
    'events/events.ts',
    'operations/',
    'config/',
  ]
  expect([...reached].filter((file) => foreign.some((beginning) => file.startsWith(beginning)))).toEqual([])
  const packages = packagesOf(reached)
  expect([...new Set(packages.filter(isForeign))].sort()).toEqual([
    '@opentelemetry/api',
    '@pydantic/genai-prices',
    'pg',
  ])
  const modules = packages.filter((name) => name.startsWith('node:'))
  expect(modules.filter((name) => /http|net|tls|cluster|worker|child/.test(name))).toEqual([])
})

test('the page takes the types of answers and rows alone, and nothing of the server takes the page', () => {
  const page = all.filter(({ from }) => from.startsWith('web/page/'))
  expect(page.length).toBeGreaterThan(100)
  const outside = page.filter(({ to }) => !to.startsWith('web/page/'))
  const isOfTypes = (file: string) => /^(web\/answers\/|queries\/rows\/|explain\/tree-columns)/.test(file)
  expect(outside.filter(({ to, typeOnly }) => !typeOnly || !isOfTypes(to))).toEqual([])
  const types = files.filter(isOfTypes)
  expect(types.length).toBeGreaterThan(10)
  expect(
    types.filter((file) => /^export (?!interface|type)/m.test(readFileSync(path.join(src, file), 'utf8'))),
  ).toEqual([])
  expect(all.filter(({ from, typeOnly }) => isOfTypes(from) && !typeOnly)).toEqual([])
  expect(all.filter(({ from, to }) => to.startsWith('web/page/') && !from.startsWith('web/page/'))).toEqual([])
})
