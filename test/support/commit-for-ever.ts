import { openFolder } from './embedded.ts'

// Commits one number after the other into the folder of its argument, and says each when it is committed.
const database = await openFolder(process.argv[2]!, { exclusive: true })
await database.transaction((session) => session.query('create table if not exists numbers (n bigint primary key)'))
for (;;) {
  const [row] = await database.transaction((session) =>
    session.query<{ n: string }>('insert into numbers select coalesce(max(n), 0) + 1 from numbers returning n'),
  )
  process.stdout.write(`${row!.n}\n`)
}
