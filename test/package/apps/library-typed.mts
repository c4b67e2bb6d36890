import { openReceiver, type Receiver, type ReceiverOptions } from 'spanledger'

const options: ReceiverOptions = { databaseUrl: 'postgres://127.0.0.1/agents', prices: { ours: { input: 1 } } }
export const opened: Promise<Receiver> = openReceiver(options)
export const address: Promise<string> = opened.then(({ http }) => http)
// @ts-expect-error: no setting
openReceiver({ databaseURL: '' })
