import { describe } from 'vitest'
import { testTogether } from './together.ts'

describe('all recordings in one database, on PostgreSQL', () => testTogether('PostgreSQL'))
