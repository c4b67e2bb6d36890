import { expect, test } from 'vitest'
import { filledIn } from '../../src/queries/filled-in.ts'

const sql = `-- Finds runs.
select *
from task_executions t
where ($1::text is null or t.status = $1)
  and ($2::text is null or t.query = $2 or t.result = $2)
  and ($3::text is null or t.mode = $3)
limit $4`

test('parameters are filled in as literals, and conditions that are off are left out', () => {
  expect(filledIn(sql, [null, "it's", null, 31])).toBe(`select *
from task_executions t
where true
  and (t.query = 'it''s' or t.result = 'it''s')
limit 31`)
  expect(filledIn(sql, ['FAILED', null, 'STANDARD', 31])).toBe(`select *
from task_executions t
where t.status = 'FAILED'
  and t.mode = 'STANDARD'
limit 31`)
})

test('a parameter that has no value yet stays as it is', () => {
  expect(filledIn('select $1, $2', ['a'])).toBe("select 'a', $2")
})
