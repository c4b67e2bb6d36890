import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { metricNames, metricOf } from '../../src/metrics/metric-table.ts'
import { promtool, runPromtool } from '../support/metrics.ts'

const deploy = path.join(import.meta.dirname, '..', '..', 'deploy')
const rulesFile = path.join(deploy, 'prometheus', 'spanledger.rules.yaml')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface Panel {
  readonly title: string
  readonly type: string
  readonly datasource?: { readonly uid: string }
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } }
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[]
}

const rules = (parse(readFileSync(rulesFile, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
const dashboard = JSON.parse(readFileSync(path.join(deploy, 'grafana', 'spanledger.json'), 'utf8')) as {
  readonly panels: readonly Panel[]
}
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
/** Grafana puts values in place of its variables before Prometheus sees an expression. */
const shown = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*')] as const),
)
const expressions = [...rules.map(({ alert, expr }) => [alert, expr] as const), ...shown]

/** The names of the series that a scrape shows of a metric. */
const seriesNames = new Set(
  metricNames.flatMap((name) =>
    metricOf(name).type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  ),
)

/** The metrics and labels in an expression. Throws where it is no PromQL. */
function namesIn(expression: string): { readonly metrics: string[]; readonly labels: string[] } {
  const [metrics, labels]: [string[], string[]] = [[], []]
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`at ${from}: ${expression}`)
      const text = expression.slice(from, to)
      if (type.name === 'Identifier' && !metrics.includes(text)) metrics.push(text)
      if (type.name === 'LabelName') labels.push(text)
    },
  })
  return { metrics, labels }
}

describe('the alert rules and the dashboard', () => {
  test.each(expressions)('%s: %s is PromQL, over metrics and labels that a receiver has', (_, expression) => {
    const { metrics, labels } = namesIn(expression)
    const unknown = metrics.filter((name) => !seriesNames.has(name))
    expect(metrics.length).toBeGreaterThan(0)
    expect(unknown).toEqual([])
    const known = new Set(metricNames.flatMap((name) => metricOf(name).labels ?? []))
    expect(labels.filter((label) => !known.has(label) && !['job', 'instance', 'le'].includes(label))).toEqual([])
  })

  test('show every metric', () => {
    const used = new Set(expressions.flatMap(([, expression]) => namesIn(expression).metrics))
    const bare = new Set([...used].map((name) => name.replace(/_(bucket|sum|count)$/, '')))
    expect(metricNames.filter((name) => !bare.has(name) && !used.has(name))).toEqual([])
  })

  test('say how bad it is, what it is, and where to read on', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Spanledger[A-Z]\w+$/)
      expect(labels.severity).toMatch(/^(critical|warning|info)$/)
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url'])
    }
  })

  test('each panel has a unit, and asks the data source that its user chooses', () => {
    for (const { title, datasource, fieldConfig, targets = [] } of panels) {
      expect(fieldConfig?.defaults.unit, title).toBeTruthy()
      for (const uid of [datasource?.uid, ...targets.map((target) => target.datasource.uid)])
        expect(uid, title).toMatch(/^\$\{datasource\}$/)
    }
  })
})

test('the runbooks are in the documents', () => {
  for (const { annotations } of rules) {
    const [file, anchor] = annotations.runbook_url!.split('#')
    const headings = [...readFileSync(path.join(deploy, '..', file!), 'utf8').matchAll(/^## (.*)$/gm)]
    const anchors = headings.map(([, heading]) => heading!.toLowerCase().replaceAll(' ', '-'))
    if (anchor !== undefined) expect(anchors).toContain(anchor)
  }
})

describe.skipIf(promtool === undefined)('promtool (left out where it is not installed)', () => {
  test('finds no fault in the alert rules, and they fire when they should', () => {
    expect(runPromtool(['check', 'rules', '--lint=all', '--lint-fatal', rulesFile])).toContain('SUCCESS')
    const tests = path.join(deploy, 'prometheus', 'spanledger.test.yaml')
    expect(runPromtool(['test', 'rules', tests])).toContain('SUCCESS')
  })

  test('finds no fault in the expressions of the dashboard', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'spanledger-rules-'))
    const file = path.join(folder, 'dashboard.yaml')
    const records = shown.map(([, expr], i) => ({ record: `panel:${i}`, expr }))
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules: records }] }))
    expect(runPromtool(['check', 'rules', file])).toContain('SUCCESS')
    rmSync(folder, { recursive: true })
  })
})
