import type { Config } from './settings.ts'
export async function explain(_config: Config, _id: string): Promise<string> {
  return ''
}
