import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openEventStream } from '../../src/web/http/event-stream.ts'

test('a stream that waits for its reader many times leaves no listener behind', async () => {
  const counts: number[] = []
  await using server = createServer(async (request, response) => {
    const writer = openEventStream({ request, response, lingerMs: 0, closing: () => false })
    for (let i = 0; i < 30; i++) {
      // longer than what a response takes at once
      await writer.send('event', 'x'.repeat(200_000))
      counts.push(response.listenerCount('close') + response.listenerCount('drain') + response.listenerCount('error'))
    }
    writer.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  expect((await answer.text()).length).toBeGreaterThan(30 * 200_000)
  expect(counts).toHaveLength(30)
  expect(counts.at(-1)).toBe(counts[1])
})
