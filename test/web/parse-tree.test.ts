import { expect, test } from 'vitest'
import { parseTree } from '../../src/web/page/api/parse-tree.ts'
import { flatTree, treeOf } from './tree.ts'

const call = (name: string) => ({ parent: -1, name, startUs: 0, endUs: 1, counted: true })

test.each([
  ['without spans', treeOf([])],
  ['with names that look like JSON', treeOf(['"columns":{"a":[1]}', 'a]}', '\\"columns":{', '[', '{}'].map(call))],
  ['of many spans', flatTree(20_000)],
])('a tree %s is read by columns as JSON.parse reads it', async (_, tree) => {
  expect(await parseTree(JSON.stringify(tree))).toEqual(tree)
})

test('an answer without columns is read as it is', async () => {
  expect(await parseTree('{"error":{"code":"not-found"}}')).toEqual({ error: { code: 'not-found' } })
})
