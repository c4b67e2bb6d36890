import { type Account, type Answer, askModel, type Crew, invokeAgent, runWorkflow, useTool } from './crew.ts'

const skipper = { provider: 'openai', model: 'gpt-4o-mini' }
const navigator = { provider: 'anthropic', model: 'claude-haiku-4-5' }

const answers = {
  plan: {
    ...skipper,
    input: 412,
    cached: 0,
    output: 46,
    thinks: 'It depends on the wind and the tide.',
    says: 'Ask for the wind, then for the tide.',
  },
  wind: {
    ...skipper,
    input: 655,
    cached: 0,
    output: 31,
    thinks: 'Saturday is five days off; the forecast will do.',
    says: 'I look it up.',
  },
  forecast: {
    ...skipper,
    input: 731,
    cached: 512,
    output: 52,
    thinks: 'It freshens at noon.',
    says: 'North, 14 knots until noon, then 22.',
  },
  tide: {
    ...navigator,
    input: 580,
    cached: 0,
    output: 38,
    thinks: 'The ebb runs south-west.',
    says: 'When is high water at Cascais?',
  },
  course: {
    ...navigator,
    input: 644,
    cached: 0,
    output: 61,
    thinks: '52 miles at 5.8 knots.',
    says: 'Out with the ebb at 07:00; nine hours.',
  },
  decision: {
    ...skipper,
    input: 918,
    cached: 512,
    output: 74,
    thinks: '22 knots on the beam is a reef.',
    says: 'Yes: sail at 07:00, and reef before noon.',
  },
} satisfies Record<string, Answer>

/** A skipper asks a forecaster, whose tool fails once, and a navigator, and decides. */
export function planPassage(crew: Crew, workflowId: string): Promise<Account> {
  const workflow = {
    id: workflowId,
    name: 'plan_passage',
    user: 'ada',
    query: 'Can we sail from Cascais to Sines on Saturday?',
  }
  return runWorkflow(crew, workflow, (top) =>
    invokeAgent(top, 'skipper', async (deck) => {
      await askModel(deck, answers.plan)
      await invokeAgent(deck, 'forecaster', async (at) => {
        await askModel(at, answers.wind)
        await twice((attempt) =>
          useTool(at, 'wind_forecast', { place: 'Cascais', day: 'Saturday' }, () => {
            if (attempt === 1) throw new Error('the weather service did not answer within 2 s')
            return 'N 14 kn until 12:00, N 22 kn until 20:00'
          }),
        )
        return askModel(at, answers.forecast)
      })
      await invokeAgent(deck, 'navigator', async (at) => {
        await askModel(at, answers.tide)
        await useTool(at, 'tide_table', { port: 'Cascais' }, () => 'high 06:40 3.4 m, low 12:50 0.9 m')
        return askModel(at, answers.course)
      })
      return askModel(deck, answers.decision)
    }),
  )
}

async function twice<T>(act: (attempt: number) => Promise<T>): Promise<T> {
  return act(1).catch(() => act(2))
}
