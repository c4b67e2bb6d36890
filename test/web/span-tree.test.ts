import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SpanTree } from '../../src/web/page/views/run/timeline/span-tree.ts'
import { gapsOf, TimeScale } from '../../src/web/page/views/run/timeline/time-scale.ts'
import { type SketchedSpan, treeOf } from './tree.ts'

const all = { onlyCounted: false, onlyCritical: false, text: '' }
const rowsOf = (tree: SpanTree) => [...tree.rows.slice(0, tree.rowCount)]

describe('the rows of a timeline', () => {
  const spans: SketchedSpan[] = [
    { parent: -1, name: 'agent', startUs: 0, endUs: 100 },
    { parent: 0, name: 'chat', startUs: 0, endUs: 40, counted: true },
    { parent: 0, name: 'tool', startUs: 40, endUs: 90 },
    { parent: 2, name: 'chat', startUs: 50, endUs: 80, counted: true },
    { parent: -1, name: 'other', startUs: 90, endUs: 100 },
  ]

  test('are all spans, without those below one that is closed', () => {
    const tree = new SpanTree(treeOf(spans))
    expect(rowsOf(tree)).toEqual([0, 1, 2, 3, 4])
    tree.toggle(0)
    expect(rowsOf(tree)).toEqual([0, 4])
    expect(tree.reveal(3)).toBe(3)
    expect(rowsOf(tree)).toEqual([0, 1, 2, 3, 4])
  })

  test('are those that match and what is above them', () => {
    const tree = new SpanTree(treeOf(spans))
    tree.filter({ ...all, text: 'TOOL' })
    expect(rowsOf(tree)).toEqual([0, 2])
    tree.filter({ ...all, onlyCounted: true })
    expect(rowsOf(tree)).toEqual([0, 1, 2, 3])
    expect(tree.rowOf(4)).toBe(-1)
  })

  test('stay closed when the spans are read again, wherever they are then', () => {
    const before = new SpanTree(treeOf(spans))
    before.toggle(2)
    const again = new SpanTree(treeOf([...spans, { parent: -1, name: 'late', startUs: 95, endUs: 99 }]))
    again.closeAs(before)
    expect(rowsOf(again)).toEqual([0, 1, 2, 4, 5])
  })

  test('are found by their ids', () => {
    const tree = new SpanTree(treeOf(spans))
    for (const index of spans.keys()) expect(tree.indexOf(tree.idOf(index))).toBe(index)
    expect(tree.indexOf('t/9')).toBe(-1)
    expect(tree.indexOf('u/1')).toBe(-1)
  })

  test('say what had been counted at a time', () => {
    const tree = new SpanTree(treeOf(spans))
    expect(tree.sumsAt(39).calls).toBe(0)
    expect(tree.sumsAt(40)).toEqual({ calls: 1, tokens: 15, cost: 7n })
    expect(tree.sumsAt(100)).toEqual({ calls: 2, tokens: 30, cost: 14n })
  })

  test('an open span ends now', () => {
    const open = treeOf([{ parent: -1, name: 'agent', startUs: 0, endUs: -1 }])
    const tree = new SpanTree(open, Date.parse(open.started_at) + 5000)
    expect(tree.totalUs).toBe(5_000_000)
    expect(tree.isOpen(0)).toBe(true)
  })
})

describe('a scale with folded gaps', () => {
  const waiting = treeOf([
    { parent: -1, name: 'agent', startUs: 0, endUs: 100_000_000 },
    { parent: 0, name: 'chat', startUs: 0, endUs: 2_000_000 },
    { parent: 0, name: 'chat', startUs: 90_000_000, endUs: 100_000_000 },
  ])

  test('folds a stretch in which nothing innermost ran', () => {
    const [gap, ...more] = gapsOf(new SpanTree(waiting))
    expect(more).toEqual([])
    expect(gap!.from).toBeGreaterThanOrEqual(2_000_000)
    expect(gap!.to).toBeLessThanOrEqual(90_000_000)
    expect(gap!.to - gap!.from).toBeGreaterThan(87_000_000)
  })

  test('keeps the order of times, and is its own inverse outside of gaps', () => {
    const tree = new SpanTree(waiting)
    const gaps = gapsOf(tree)
    const scale = new TimeScale(tree.totalUs, gaps)
    fc.assert(
      fc.property(fc.nat(100_000_000), fc.nat(100_000_000), (a, b) => {
        if (a < b) expect(scale.place(a)).toBeLessThanOrEqual(scale.place(b))
        expect(scale.place(a)).toBeGreaterThanOrEqual(0)
        expect(scale.place(a)).toBeLessThanOrEqual(1)
        expect(Math.abs(scale.time(scale.place(a)) - a)).toBeLessThan(1)
      }),
    )
  })
})
