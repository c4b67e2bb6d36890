import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ExportRequest, Receipt } from '../../src/accept/answers/receipt.ts'
import type { RequestPart, RequestParts } from '../../src/decode/request-parts.ts'
import { Malformed, Unavailable } from '../../src/errors.ts'
import { openLargeRequests } from '../../src/receiver/large-requests.ts'
import { gate } from '../queue/fake-commit.ts'

const full: Receipt = { rejected: 0, message: '' }
const nothing = { refused: [], warnings: [] }
const requestOf = (body: string, tenant = ''): ExportRequest => {
  return { signal: 'traces', format: 'protobuf', transport: 'http', body: Buffer.from(body), tenant }
}

function partsOf(count: number, decodeInto: RequestPart['decodeInto'] = () => nothing): RequestParts {
  const part: RequestPart = {
    bytes: 1,
    decodeInto,
    requestOf: () => {
      throw new Error('nothing is refused here')
    },
    release: () => {},
  }
  return { isLarge: true, [Symbol.iterator]: () => Array.from({ length: count }, () => part).values() }
}

test('equal bytes join what is under way, and later get its receipt', async () => {
  const { open, wait } = gate()
  let stored = 0
  const large = openLargeRequests({
    answerTimeoutMs: 60_000,
    store: async () => {
      await wait()
      stored++
      return full
    },
  })
  expect(large.join(requestOf('a'))).toBeNull()
  const first = large.begin(requestOf('a'), partsOf(5))
  const again = large.join(requestOf('a'))
  expect(large.join(requestOf('b'))).toBeNull()
  expect(large.join(requestOf('a', 'other tenant'))).toBeNull()
  open()
  expect([await first, await again, await large.join(requestOf('a'))]).toEqual([full, full, full])
  expect(stored).toBe(5)
})

test('a request that joins is given back in time, while the first one goes on', async () => {
  const { open, wait } = gate()
  const store = () => wait().then(() => full)
  const large = openLargeRequests({ answerTimeoutMs: 5, store })
  const first = large.begin(requestOf('a'), partsOf(1))
  await expect(large.join(requestOf('a'))).rejects.toThrow(Unavailable)
  open()
  expect(await first).toEqual(full)
})

test('at most three parts are under way', async () => {
  let now = 0
  let most = 0
  const store = async () => {
    most = Math.max(most, ++now)
    await pause(2)
    now--
    return full
  }
  await openLargeRequests({ answerTimeoutMs: 1000, store }).begin(requestOf('a'), partsOf(20))
  expect(most).toBe(3)
})

test('a request of which a part is malformed is refused before a part is stored', async () => {
  let decoded = 0
  const decode = () => {
    if (++decoded === 3) throw new Malformed('no OTLP')
    return nothing
  }
  const store = () => Promise.reject(new Error('stored'))
  const large = openLargeRequests({ answerTimeoutMs: 1000, store })
  await expect(large.begin(requestOf('a'), partsOf(3, decode))).rejects.toThrow(Malformed)
})

test('one that fails is begun anew when it comes again', async () => {
  const answers = [Promise.reject(new Unavailable('away')), Promise.resolve(full)]
  answers[0]!.catch(() => {})
  const large = openLargeRequests({ answerTimeoutMs: 1000, store: () => answers.shift()! })
  await expect(large.begin(requestOf('a'), partsOf(1))).rejects.toThrow('away')
  expect(large.join(requestOf('a'))).toBeNull()
  expect(await large.begin(requestOf('a'), partsOf(1))).toEqual(full)
})

test('the receipt counts what was refused in all parts, and names the first', async () => {
  const answers = [full, { rejected: 2, message: 'two' }, { rejected: 3, message: 'three' }]
  const large = openLargeRequests({ answerTimeoutMs: 1000, store: async () => answers.shift()! })
  expect(await large.begin(requestOf('a'), partsOf(3))).toEqual({ rejected: 5, message: 'two' })
})

test('stopping ends after the parts that are under way', async () => {
  const { open, wait } = gate()
  let stored = 0
  const store = async () => {
    stored++
    await wait()
    return full
  }
  const large = openLargeRequests({ answerTimeoutMs: 1000, store })
  const begun = expect(large.begin(requestOf('a'), partsOf(50))).rejects.toThrow('shutting down')
  while (stored === 0) await new Promise((resolve) => setImmediate(resolve))
  const stopped = large.stop()
  open()
  await Promise.all([begun, stopped])
  expect(stored).toBeLessThanOrEqual(4)
})
