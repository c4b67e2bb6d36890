import { expect, test, vi } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { openAdmission } from '../../src/queue/admission.ts'

const never = () => performance.now() + 60_000
const mostBytesPerTurn = 1_000
const open = (mostBytes: number, isFull = () => false) => openAdmission({ mostBytes, mostBytesPerTurn, isFull })

/** Of requests, those that have entered when the turn ends. */
async function inNextTurn(entering: readonly Promise<unknown>[]): Promise<boolean[]> {
  const entered = entering.map(() => false)
  entering.forEach((one, i) => void one.then(() => (entered[i] = true)))
  await turn()
  return entered
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('requests of a turn of the event loop enter together at its end, as far as there is room', async () => {
  const admission = open(10)
  const entering = [6, 4, 1].map((bytes) => admission.enter(bytes, never()))
  const early = vi.fn()
  void entering[0]!.then(early)
  await Promise.resolve()
  expect(early).not.toHaveBeenCalled()
  expect(await inNextTurn(entering)).toEqual([true, true, false])
})

test('those that wait enter in their order, so that a large one is not passed for ever', async () => {
  const admission = open(10)
  const entered: string[] = []
  const enter = async (name: string, bytes: number) => {
    const { leave } = await admission.enter(bytes, never())
    entered.push(name)
    return leave
  }
  const first = await enter('first', 8)
  const [large, small] = [enter('large', 9), enter('small', 1)]
  await turn()
  expect(entered).toEqual(['first'])
  first()
  first()
  expect([await large, await small]).toHaveLength(2)
  expect(entered).toEqual(['first', 'large', 'small'])
})

test('a request that is larger than all there is enters alone', async () => {
  const admission = open(10)
  const { leave: leaveSmall } = await admission.enter(1, never())
  const large = admission.enter(99, never())
  expect(await inNextTurn([large])).toEqual([false])
  leaveSmall()
  const { leave } = await large
  expect(await inNextTurn([admission.enter(1, never())])).toEqual([false])
  leave()
})

test('one that has waited too long is given back, and takes no room', async () => {
  const admission = open(10)
  const { leave } = await admission.enter(10, never())
  await expect(admission.enter(5, performance.now())).rejects.toThrow(Unavailable)
  leave()
  expect(await inNextTurn([admission.enter(10, never())])).toEqual([true])
})

test('nothing enters beside others while the queue is full', async () => {
  let isFull = true
  const admission = open(10, () => isFull)
  const first = await admission.enter(1, never())
  const second = admission.enter(1, never())
  expect(await inNextTurn([second])).toEqual([false])
  isFull = false
  first.leave()
  await second
})

test('it says when requests begin to wait, and when none waits any more', async () => {
  const told: boolean[] = []
  const admission = openAdmission({
    mostBytes: 10,
    mostBytesPerTurn,
    isFull: () => false,
    onWaiting: (isWaiting) => told.push(isWaiting),
  })
  const { leave } = await admission.enter(10, never())
  const second = admission.enter(4, never())
  const third = admission.enter(4, performance.now() + 5)
  const fourth = admission.enter(10, never())
  await expect(third).rejects.toThrow(Unavailable)
  expect(told).toEqual([true])
  leave()
  ;(await second).leave()
  await fourth
  expect(told).toEqual([true, false])
})

test('a request that turns out to take less room leaves the rest to those that wait, and never takes more', async () => {
  const admission = open(10)
  const first = await admission.enter(8, never())
  const second = admission.enter(5, never())
  first.shrink(6)
  expect(await inNextTurn([second])).toEqual([false])
  first.shrink(5)
  expect(await inNextTurn([second])).toEqual([true])
  first.shrink(7)
  first.leave()
  first.shrink(0)
  const third = admission.enter(5, never())
  expect(await inNextTurn([third, admission.enter(1, never())])).toEqual([true, false])
})

test('parts whose shares of a request are fractions leave room for a large one', async () => {
  const admission = open(4)
  const inside = await Promise.all([0.1, 0.2, 0.3].map((bytes) => admission.enter(bytes, never())))
  for (const { leave } of inside) leave()
  expect(0.1 + 0.2 + 0.3 - 0.1 - 0.2 - 0.3).not.toBe(0)
  expect(await inNextTurn([admission.enter(99, never())])).toEqual([true])
})

test('in one turn of the event loop few bytes enter, and the others in the turns after it', async () => {
  const told: boolean[] = []
  const onWaiting = (isWaiting: boolean) => void told.push(isWaiting)
  const admission = openAdmission({ mostBytes: 1_000, mostBytesPerTurn: 10, isFull: () => false, onWaiting })
  const entered: number[] = []
  const all = [6, 4, 5, 20, 1].map(async (bytes) => {
    await admission.enter(bytes, never())
    entered.push(bytes)
  })
  const turns: number[] = []
  while (entered.length < all.length) {
    await turn()
    turns.push(entered.length)
  }
  await Promise.all(all)
  expect(entered).toEqual([6, 4, 5, 20, 1])
  expect(turns).toEqual([2, 3, 4, 5])
  // they have waited for a turn, not for room
  expect(told).toEqual([])
})
