/**
 * How long requests of 512 spans take from a sender that is far away, over gRPC and HTTP: each direction of its connection is
 * delayed by half of the round trip (BENCH_ROUND_TRIP, 20 ms). Run by `npm run bench:distance`.
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { warmUpRequests } from './pair.ts'
import { startReceiver } from './receiver.ts'
import { median } from './results.ts'
import { openSenders, sendAll } from './senders.ts'
import { openServer } from './server.ts'

const roundTripMs = Number(process.env.BENCH_ROUND_TRIP ?? 20)
const requests = Number(process.env.BENCH_REQUESTS ?? 40)

await using server = await openServer()
const receiver = await startReceiver({ DATABASE_URL: await server.newDatabase('bench_distance') })
await sendAll(receiver, idOnEverySpan, encodedLoad(idOnEverySpan, warmUpRequests.usual, 'warm').bodies)
for (const protocol of ['grpc', 'http'] as const) {
  const grpc = await delayed(receiver.address)
  const http = await delayed(new URL(receiver.http).host)
  const far = { ...receiver, address: addressOf(grpc), http: `http://${addressOf(http)}` }
  const [near, distant] = [receiver, far].map((one) => openSenders(one, { protocol, encoding: 'protobuf' }, 1)[0]!)
  const { bodies } = encodedLoad(idOnEverySpan, requests * 2, protocol)
  const times = { near: [] as number[], far: [] as number[] }
  for (const [i, body] of bodies.entries()) {
    const startMs = performance.now()
    await (i % 2 === 0 ? near! : distant!).send(body)
    times[i % 2 === 0 ? 'near' : 'far'].push(performance.now() - startMs)
  }
  const [nearMs, farMs] = [median(times.near), median(times.far)]
  const size = `${Math.round(bodies[0]!.length / 1024)} KiB`
  console.log(
    `${protocol}, ${size}: ${farMs.toFixed(0)} ms with a round trip of ${roundTripMs} ms, ${nearMs.toFixed(0)} ms without`,
  )
  for (const one of [near!, distant!]) one.close()
  for (const proxy of [grpc, http]) proxy.close()
}
await receiver.stop()

/** Opens a server that passes all bytes on to an address, and what comes back, half of a round trip later. */
async function delayed(address: string): Promise<Server> {
  const [host, port] = address.split(':')
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    passOn(near, far)
    passOn(far, near)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function passOn(from: Socket, to: Socket): void {
  from.setNoDelay()
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), roundTripMs / 2))
  from.on('error', () => {})
  from.on('close', () => setTimeout(() => to.destroy(), roundTripMs))
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
