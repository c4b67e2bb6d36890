/** Which key the names of a model have in a comparison, and which names were folded into one. */
export interface ModelNames {
  /** Name as it is on the bill or in the ledger → the name under which both are compared. */
  readonly keys: ReadonlyMap<string, string>
  readonly folded: readonly FoldedModels[]
}

export interface FoldedModels {
  readonly into: string
  readonly names: readonly string[]
}

const vendors = /^(?:[a-z]{2,6}(?:-gov)?\.)?(?:anthropic|amazon|meta|mistral|cohere|deepseek|qwen|openai|google)\./

/** A model's id without what its sellers add: `us.anthropic.claude-sonnet-4-5-20250929-v1:0` → `claude-sonnet-4-5-20250929`. */
export function plainModel(model: string): string {
  const last = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  return last
    .replace(vendors, '')
    .replace(/(?:-v\d+)?:\d+[a-z]*$/, '')
    .replace(/-v\d+$/, '')
    .replace(/@(\d{8})$/, '-$1')
}

/** A plain model without the date of its snapshot. */
export function withoutDate(plain: string): string {
  return plain.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '')
}

/** The words and numbers of a model, sorted: `Claude4.5Sonnet` and `claude-sonnet-4-5` have the same. */
function signatureOf(plain: string): string {
  const words = withoutDate(plain.replace(/\s+/g, '-')).match(/[a-z]+|\d+/g) ?? []
  const isDate = (word: string) => /^\d{4,8}$/.test(word)
  const left = words.filter((word) => !isDate(word) && !['v', 'model', 'models', 'latest'].includes(word))
  return (left.length === 0 ? words : left).toSorted().join(' ')
}

/**
 * Finds for each model on a bill those of the ledger that are it. Snapshots stay apart as long as both sides name them;
 * where one side names only an alias, or `describes` a model, all its snapshots are one.
 */
export function matchModels(billed: Iterable<string>, counted: Iterable<string>, describes: boolean): ModelNames {
  const groups = new Map<string, { billed: Set<string>; counted: Set<string> }>()
  const add = (names: Iterable<string>, side: 'billed' | 'counted') => {
    for (const name of names) {
      const signature = signatureOf(plainModel(name))
      const group = groups.get(signature) ?? { billed: new Set(), counted: new Set() }
      groups.set(signature, group)
      group[side].add(name)
    }
  }
  add(billed, 'billed')
  add(counted, 'counted')
  const keys = new Map<string, string>()
  const folded: FoldedModels[] = []
  for (const group of groups.values()) {
    const names = [...new Set([...group.billed, ...group.counted])].sort()
    const plain = [...new Set(names.map(plainModel))]
    const isOne = plain.length > 1 && (describes || plain.some((name) => withoutDate(name) === name))
    const into = isOne ? aliasOf(group.counted.size > 0 ? [...group.counted] : names) : ''
    for (const name of names) keys.set(name, isOne ? into : plainModel(name))
    const snapshots = new Set([...(describes ? group.counted : names)].map(plainModel))
    if (isOne && snapshots.size > 1) folded.push({ into, names: [...snapshots].sort() })
  }
  return { keys, folded }
}

/** The shortest name: an alias is shorter than its snapshots. */
function aliasOf(names: readonly string[]): string {
  return names.map(plainModel).toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]!
}
