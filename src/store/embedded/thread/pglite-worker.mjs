// Runs PGlite in a thread of its own, because PGlite blocks its thread while it answers a query. This file is JavaScript,
// because the loaders that run TypeScript in tests don't reach a worker thread.
import { existsSync, fsyncSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

// PGlite turns fsync off, and WASM's fdatasync does nothing: with these parameters and `syncFiles`, a COMMIT waits for the
// disk (law 1).
const startParams = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'wal_sync_method=fsync']

// the types bytea and bytea[] (pg_type.dat)
const bytesTypes = [pg.types.builtins.BYTEA, 1001]

const { folder } = workerData
const database = await openOrCreate(path.join(folder, 'database'))
let trap
noticeTraps(database)
useTypesOfPg(database)
parentPort.postMessage({ ready: true })

let previous = Promise.resolve()
parentPort.on('message', (message) => {
  previous = previous.then(() => (message.close ? close() : answer(message)))
})

/** Opens the database folder. A missing one is created under another name first: a crash meanwhile leaves none half made. */
async function openOrCreate(dataDir) {
  if (!existsSync(dataDir)) {
    const temporary = `${dataDir}.making`
    rmSync(temporary, { recursive: true, force: true })
    const created = await open(temporary)
    await created.close()
    const files = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    await Promise.all(files.map((entry) => syncPath(path.join(entry.parentPath ?? entry.path, entry.name))))
    renameSync(temporary, dataDir)
    if (process.platform !== 'win32') await syncPath(path.dirname(dataDir))
  }
  return open(dataDir)
}

async function open(dataDir) {
  const opened = await PGlite.create({ dataDir, startParams })
  syncFiles(opened)
  return opened
}

/** Implements fsync, which Emscripten's file system for Node lacks: without it, every fsync of PostgreSQL succeeds unseen. */
function syncFiles({ Module: { NODEFS } }) {
  NODEFS.stream_ops.fsync = ({ nfd }) => {
    fsyncSync(nfd)
    return 0
  }
}

async function syncPath(name) {
  const file = await openFile(name, 'r')
  await file.sync()
  await file.close()
}

/**
 * Remembers errors of WASM itself (stack overflow, out of memory): PGlite swallows them and answers as if the statement,
 * and all later ones, had succeeded. PostgreSQL's own jumps to its error handling are thrown as well, and are no trap.
 */
function noticeTraps({ Module }) {
  const once = Module._PostgresMainLoopOnce
  // the status of PostgreSQL's jump (pglitec.c, POSTGRES_MAIN_LONGJMP)
  const jump = 100
  Module._PostgresMainLoopOnce = () => {
    try {
      return once()
    } catch (error) {
      if (error?.status !== jump) trap = error
      throw error
    }
  }
}

/** Gives columns the values that node-postgres gives them. Parameters are text already. */
function useTypesOfPg(opened) {
  opened.serializers = {}
  for (const oid of [...Object.keys(opened.parsers), ...Object.values(pg.types.builtins)]) {
    const parse = pg.types.getTypeParser(Number(oid), 'text')
    opened.parsers[oid] = (text) => parse(text)
  }
}

async function answer({ id, statement: { sql, values, blob, texts } }) {
  try {
    if (texts) return parentPort.postMessage({ id, rows: await textRows(sql), bytes: [] })
    const { rows, fields, command } = await run(sql, values, blob)
    if (trap !== undefined || command === undefined) throw trap ?? new Error('the statement was not answered')
    const bytes = fields.filter(({ dataTypeID }) => bytesTypes.includes(dataTypeID)).map(({ name }) => name)
    parentPort.postMessage({ id, rows, bytes })
  } catch ({ message, code, where, severity }) {
    const isOfStatement = trap === undefined && severity === 'ERROR' && /^[0-9A-Z]{5}$/.test(code)
    parentPort.postMessage({ id, error: isOfStatement ? { message, code, where } : { message } })
    // after any other error the state of the database is unknown: the thread ends, and another opens the files anew
    if (!isOfStatement) process.exit(1)
  }
}

/** Runs one statement; returns its columns, then its rows, with the texts of the values. */
async function textRows(sql) {
  const parsers = Object.fromEntries(Object.keys(database.parsers).map((type) => [type, (text) => text]))
  const { rows, fields } = await database.query(sql, [], { rowMode: 'array', parsers })
  if (trap !== undefined || fields === undefined) throw trap ?? new Error('the statement was not answered')
  return [fields.map(({ name, dataTypeID: type }) => ({ name, type })), ...rows]
}

async function run(sql, values, blob) {
  if (blob !== undefined) return database.query(sql, [], { blob: new Blob([blob]) })
  if (values !== undefined) return database.query(sql, values)
  return (await database.exec(sql)).at(-1)
}

async function close() {
  await database.close()
  parentPort.close()
}
