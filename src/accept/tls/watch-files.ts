import { stat } from 'node:fs/promises'

/** How files are watched. */
export interface FileWatch {
  readonly files: readonly string[]
  readonly everyMs: number
  /** Called after a change. Where it returns false, it is called again at the next turn, whether they change or not. */
  readonly onChange: () => boolean | Promise<boolean>
}

/**
 * Looks regularly whether files have changed: their time, size or inode. Events of the file system would miss the symbolic
 * link that Kubernetes exchanges, and network file systems send none.
 */
export async function watchFiles({ files, everyMs, onChange }: FileWatch): Promise<AsyncDisposable> {
  let seen = await stateOf(files)
  let isApplied = true
  const look = async () => {
    const now = await stateOf(files)
    if (isApplied && now === seen) return
    seen = now
    isApplied = await onChange()
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, everyMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await looking
    },
  }
}

async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map((file) =>
    stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'absent',
    ),
  )
  return (await Promise.all(states)).join()
}
