import { expect, test } from 'vitest'
import { langfuse } from '../../../src/map/dialects/langfuse.ts'
import { plain } from '../../../src/map/dialects/plain.ts'
import { temporal } from '../../../src/map/dialects/temporal.ts'
import { compileDialect } from '../../../src/map/table/compile.ts'
import { matchedDialects } from '../../../src/map/table/matched-dialects.ts'

const [engine, client, last] = [temporal, langfuse, plain].map((dialect) => compileDialect(dialect, plain)) as [
  ReturnType<typeof compileDialect>,
  ReturnType<typeof compileDialect>,
  ReturnType<typeof compileDialect>,
]

test('ids are looked up in all dialects, in their order', () => {
  const { ids } = matchedDialects([client, last])
  expect(ids.user).toEqual([...client.fields.user, ...last.fields.user])
})

test("an engine's workflow id comes first, even behind other dialects", () => {
  const matched = matchedDialects([client, engine, last])
  expect(matched.engine).toBe(engine)
  expect(matched.ids.workflowId[0]).toBe(engine.fields.workflowId[0])
  expect(matchedDialects([client, last]).engine).toBeUndefined()
})

test('withFirst moves a dialect to the front, keeps the engine, and is cached', () => {
  const matched = matchedDialects([client, engine, last])
  const moved = matched.withFirst(last)
  expect(moved.dialects).toEqual([last, client, engine])
  expect(moved.engine).toBe(engine)
  expect(moved.ids.user.slice(0, last.fields.user.length)).toEqual(last.fields.user)
  expect(matched.withFirst(last)).toBe(moved)
  expect(matched.withFirst(client)).toBe(matched)
})
