import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { untilBuilt } from '../support/building.ts'

const root = path.join(import.meta.dirname, '..', '..')
const tools = path.join(root, '.cache', 'tools')
const folders = [path.join(tools, 'bin'), ...(process.env.PATH ?? '').split(path.delimiter)]

// .ci/run installs the tools beside the other tests
await untilBuilt(tools)

/** A program of `tools.sh`, or one that is installed; null where there is none. */
export function toolOf(name: string): string | null {
  return folders.map((folder) => path.join(folder, name)).find(isProgram) ?? null
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a tool in the root of the repository; resolves with what it printed, rejects with that where it found faults. */
export async function runTool(tool: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(tool, args, { cwd: root })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${path.basename(tool)} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
