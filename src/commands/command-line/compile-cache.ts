import module from 'node:module'
import path from 'node:path'

/**
 * Keeps the compiled modules of this program for its next start, where Node can (22.1 and later). The folder is the user's
 * own and not the usual one for temporary files, since Node runs what it finds there. Without a home nothing is kept, nor
 * where the folder can't be written.
 */
export function keepCompiledModules({ XDG_CACHE_HOME, LOCALAPPDATA, HOME }: NodeJS.ProcessEnv): void {
  const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown }
  const folder = XDG_CACHE_HOME || LOCALAPPDATA || (HOME ? path.join(HOME, '.cache') : '')
  if (folder !== '') enableCompileCache?.(path.join(folder, 'spanledger', 'modules'))
}
