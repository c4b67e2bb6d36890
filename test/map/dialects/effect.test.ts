import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('my-app')

test('a toolkit handles a tool run', () => {
  const facts = map('Toolkit.handle', { tool: 'get_weather', parameters: '{\n  "city": "Lisbon"\n}' })
  expect(facts.kind).toBe('tool')
  expect(facts.tool?.name).toBe('get_weather')
  expect(JSON.parse(facts.tool!.input!)).toEqual({ city: 'Lisbon' })
})

test('the same attributes on another span are no tool run', () => {
  expect(map('step', { tool: 'hammer', parameters: '{}' }).kind).toBe('plain')
})
