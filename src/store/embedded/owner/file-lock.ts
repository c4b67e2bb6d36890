import { closeSync, openSync } from 'node:fs'
import { messageOf } from '../../../errors.ts'

/**
 * Locks a file for as long as this process lives, or until the lock is disposed of; returns null where another process has
 * locked it. Where the platform or the file system has no such lock, `onWarning` is called and nothing is locked.
 */
export async function lockFile(file: string, onWarning: (text: string) => void): Promise<Disposable | null> {
  const descriptor = openSync(file, 'a+', 0o600)
  const close = () => closeSync(descriptor)
  try {
    // native code, which a platform may lack
    const { default: native } = await import('fs-native-extensions')
    if (native.tryLock(descriptor)) return { [Symbol.dispose]: close }
    close()
    return null
  } catch (error) {
    onWarning(
      `${file} can't be locked (${messageOf(error)}): another container, or a process beside a frozen one, must not be given the same folder`,
    )
    return { [Symbol.dispose]: close }
  }
}
