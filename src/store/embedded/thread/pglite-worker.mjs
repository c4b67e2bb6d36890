// The thread that has the embedded database: PGlite answers a query in one go and blocks its thread meanwhile. JavaScript,
// because the loaders that run TypeScript in tests don't reach a worker thread.
import { existsSync, fsyncSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

// PGlite turns fsync off, and WASM's fdatasync does nothing; with these and `syncFiles` a COMMIT is on the disk.
const startParams = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'wal_sync_method=fsync']

// bytea, and arrays of it (pg_type.dat)
const bytesTypes = [pg.types.builtins.BYTEA, 1001]

const { folder } = workerData
const database = await openMade(path.join(folder, 'database'))
let broken
noticeTraps(database)
speakLikeTheDriver(database)
parentPort.postMessage({ ready: true })

let before = Promise.resolve()
parentPort.on('message', (message) => {
  before = before.then(() => (message.close ? close() : answer(message)))
})

/** Opens the folder; one that isn't there is made beside its place, so that a making that is cut short leaves nothing. */
async function openMade(place) {
  if (!existsSync(place)) {
    const making = `${place}.making`
    rmSync(making, { recursive: true, force: true })
    const made = await open(making)
    await made.close()
    const files = readdirSync(making, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    await Promise.all(files.map((entry) => syncPath(path.join(entry.parentPath ?? entry.path, entry.name))))
    renameSync(making, place)
    if (process.platform !== 'win32') await syncPath(path.dirname(place))
  }
  return open(place)
}

async function open(dataDir) {
  const opened = await PGlite.create({ dataDir, startParams })
  syncFiles(opened)
  return opened
}

/** Emscripten's file system of Node has no fsync; PostgreSQL is told that it succeeded. */
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
 * PGlite swallows what WASM throws besides PostgreSQL's own jumps (a stack that is too deep, memory that is used up) and
 * answers as if the statement had succeeded, later ones too.
 */
function noticeTraps({ Module }) {
  const once = Module._PostgresMainLoopOnce
  // PostgreSQL's jump to its error handling has this status (pglitec.c, POSTGRES_MAIN_LONGJMP)
  const jump = 100
  Module._PostgresMainLoopOnce = () => {
    try {
      return once()
    } catch (error) {
      if (error?.status !== jump) broken = error
      throw error
    }
  }
}

/** Columns become what node-postgres makes of them; parameters come as text already. */
function speakLikeTheDriver(opened) {
  opened.serializers = {}
  for (const oid of [...Object.keys(opened.parsers), ...Object.values(pg.types.builtins)]) {
    const parse = pg.types.getTypeParser(Number(oid), 'text')
    opened.parsers[oid] = (text) => parse(text)
  }
}

async function answer({ id, command: { sql, values, blob } }) {
  try {
    const { rows, fields, command } = await run(sql, values, blob)
    if (broken !== undefined || command === undefined) throw broken ?? new Error('the statement was not answered')
    const bytes = fields.filter(({ dataTypeID }) => bytesTypes.includes(dataTypeID)).map(({ name }) => name)
    parentPort.postMessage({ id, rows, bytes })
  } catch ({ message, code, where, severity }) {
    const ofStatement = broken === undefined && severity === 'ERROR' && /^[0-9A-Z]{5}$/.test(code)
    parentPort.postMessage({ id, error: ofStatement ? { message, code, where } : { message } })
    // anything else leaves the database in no known state: the thread ends, and another opens the files anew
    if (!ofStatement) process.exit(1)
  }
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
