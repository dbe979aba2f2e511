import { type Model, type ModelProvider, modelSchema } from '../../core/project/schema/model.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import { offeredModels, providerLabels, providerNames } from './models.ts'

/** What the command line says about a model; what it does not say is asked for. */
export interface ModelFlags {
  readonly provider?: ModelProvider
  readonly model?: string
  readonly baseUrl?: string
  readonly api?: NonNullable<Model['api']>
}

const protocols = ['openai-completions', 'openai-responses', 'anthropic-messages'] as const

const hints: Readonly<Partial<Record<ModelProvider, string>>> = {
  bedrock: "no key: the agent's own role in AWS",
  vertex: "no key: the agent's own identity in Google Cloud",
  custom: 'anything that speaks like OpenAI or Anthropic',
}

/** The `[model]` table that flags and answers make. Throws a `UserError` (usage) for what is no model. */
export async function chooseModel(flags: ModelFlags, ask: Ask): Promise<Model> {
  const provider =
    flags.provider ??
    (await ask.choose<ModelProvider>({
      text: 'Whose models should the agents use?',
      flag: '--provider <name>',
      initial: 'anthropic',
      options: providerNames.map((value) => ({ value, label: providerLabels[value], hint: hints[value] ?? '' })),
    }))
  const model = flags.model ?? (await chooseId(provider, ask))
  const url = (text: string) =>
    modelSchema.shape.baseUrl.safeParse(text).success ? undefined : 'an absolute http or https URL'
  const baseUrl =
    flags.baseUrl ??
    (provider === 'custom'
      ? await ask.text({ text: 'Base URL of the server', flag: '--base-url <url>', check: url })
      : undefined)
  if (baseUrl !== undefined && url(baseUrl) !== undefined) {
    throw new UserError('--base-url is no absolute http or https URL without user name and password', exitCodes.usage)
  }
  const api =
    flags.api ??
    (provider === 'custom'
      ? await ask.choose<(typeof protocols)[number]>({
          text: 'Which protocol does it speak?',
          flag: '--api <name>',
          initial: 'openai-completions',
          options: protocols.map((value) => ({ value, label: value })),
        })
      : undefined)
  return {
    provider,
    model,
    ...(provider === 'anthropic' && { thinkingLevel: 'medium' as const }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(api !== undefined && { api }),
  }
}

const other = 'another one'

async function chooseId(provider: ModelProvider, ask: Ask): Promise<string> {
  const offered = offeredModels[provider]
  const [first] = offered
  const chosen =
    first === undefined
      ? other
      : await ask.choose<string>({
          text: 'Which model?',
          flag: '--model <id>',
          initial: first,
          options: [...offered, other].map((value) => ({ value, label: value })),
        })
  if (chosen !== other) return chosen
  const check = (id: string) => (id === '' ? 'the id that its provider gives it' : undefined)
  return await ask.text({ text: 'Id of the model', flag: '--model <id>', check })
}
