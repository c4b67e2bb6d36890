const { openReceiver } = require('spanledger')
const { sendRun } = require('./send-run.cjs')

openReceiver({ databaseUrl: process.env.DATABASE_URL, answerTimeoutMs: 60_000 }).then(async (receiver) => {
  console.log(await sendRun(receiver.http))
  await receiver.stop()
})
