import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { fillCalls, fillTasks } from './fill.ts'
const url = process.argv[2]!
const database = openPostgres({ url, connections: 1, connectTimeoutMs: 60_000, description: 'bench' })
await migrate(database)
await database[Symbol.asyncDispose]()
const t = performance.now()
await fillTasks(url); console.log('tasks', performance.now() - t)
await fillCalls(url); console.log('calls', performance.now() - t)
