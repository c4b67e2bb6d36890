import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Above the ports that other tests choose, and below those that the system gives to connections. */
const [first, end] = [30_000, 32_700]

/** Returns a port that stays free while what listens on it is started again: nothing else of this machine's tests takes it. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end)
    const probe = createServer()
    try {
      await once(probe.listen(port, '127.0.0.1'), 'listening')
    } catch {
      continue
    }
    probe.close()
    await once(probe, 'close')
    return port
  }
}
