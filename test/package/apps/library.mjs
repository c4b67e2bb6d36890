import { openReceiver } from 'spanledger'
import { sendRun } from './send-run.cjs'

const receiver = await openReceiver({ databaseUrl: process.env.DATABASE_URL, answerTimeoutMs: 60_000 })
console.log(await sendRun(receiver.http))
await receiver.stop()
