import {
  askModel,
  type ExpectedRows,
  invokeAgent,
  type Recorder,
  runWorkflow,
  type ScriptedAnswer,
  useTool,
} from './recorded-steps.ts'

const skipperModel = { provider: 'openai', model: 'gpt-4o-mini' }
const navigatorModel = { provider: 'anthropic', model: 'claude-haiku-4-5' }

const answers = {
  plan: {
    ...skipperModel,
    input: 412,
    cached: 0,
    output: 46,
    thinks: 'It depends on the wind and the tide.',
    says: 'Ask for the wind, then for the tide.',
  },
  wind: {
    ...skipperModel,
    input: 655,
    cached: 0,
    output: 31,
    thinks: 'Saturday is five days off; the forecast will do.',
    says: 'I look it up.',
  },
  forecast: {
    ...skipperModel,
    input: 731,
    cached: 512,
    output: 52,
    thinks: 'It freshens at noon.',
    says: 'North, 14 knots until noon, then 22.',
  },
  tide: {
    ...navigatorModel,
    input: 580,
    cached: 0,
    output: 38,
    thinks: 'The ebb runs south-west.',
    says: 'When is high water at Cascais?',
  },
  course: {
    ...navigatorModel,
    input: 644,
    cached: 0,
    output: 61,
    thinks: '52 miles at 5.8 knots.',
    says: 'Out with the ebb at 07:00; nine hours.',
  },
  decision: {
    ...skipperModel,
    input: 918,
    cached: 512,
    output: 74,
    thinks: '22 knots on the beam is a reef.',
    says: 'Yes: sail at 07:00, and reef before noon.',
  },
} satisfies Record<string, ScriptedAnswer>

/** Runs the demo's workflow: a skipper asks a forecaster, whose tool fails once, then a navigator, and decides. */
export function runScenario(
  recorder: Recorder,
  run: { readonly id: string; readonly user: string },
): Promise<ExpectedRows> {
  const workflow = {
    ...run,
    name: 'plan_passage',
    query: 'Can we sail from Cascais to Sines on Saturday?',
  }
  return runWorkflow(recorder, workflow, (inWorkflow) =>
    invokeAgent(inWorkflow, 'skipper', async (inSkipper) => {
      await askModel(inSkipper, answers.plan)
      await invokeAgent(inSkipper, 'forecaster', async (inForecaster) => {
        await askModel(inForecaster, answers.wind)
        await twice((attempt) =>
          useTool(inForecaster, 'wind_forecast', { place: 'Cascais', day: 'Saturday' }, () => {
            if (attempt === 1) throw new Error('the weather service did not answer within 2 s')
            return 'N 14 kn until 12:00, N 22 kn until 20:00'
          }),
        )
        return askModel(inForecaster, answers.forecast)
      })
      await invokeAgent(inSkipper, 'navigator', async (inNavigator) => {
        await askModel(inNavigator, answers.tide)
        await useTool(inNavigator, 'tide_table', { port: 'Cascais' }, () => 'high 06:40 3.4 m, low 12:50 0.9 m')
        return askModel(inNavigator, answers.course)
      })
      return askModel(inSkipper, answers.decision)
    }),
  )
}

async function twice<T>(act: (attempt: number) => Promise<T>): Promise<T> {
  return act(1).catch(() => act(2))
}
