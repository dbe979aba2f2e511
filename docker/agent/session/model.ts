import type { AnthropicMessagesCompat, Api, Model } from '@earendil-works/pi-ai'
import type { Handout } from '../../../core/plan/decisions.ts'
import { knownModels, usualApi } from './providers.ts'

/** A model as the library needs it, and what the user should know about how it was found. */
export interface ChosenModel {
  readonly model: Model<Api>
  /** Whether its cost is known, at least from a near relative. */
  readonly priced: boolean
  readonly warning?: string
}

/**
 * The model of an agent's configuration. What the configuration states (address, protocol, limits in tokens) wins over what
 * the library knows. A model that the library does not know runs all the same: like its nearest relative if the provider has
 * one, with careful limits and at no cost otherwise.
 */
export async function chooseModel(config: Handout['model']): Promise<ChosenModel> {
  const known = await knownModels(config.provider)
  const exact = known[config.model]
  if (exact && hasPrice(exact)) return { model: configured(exact, config), priced: true }
  if (exact) {
    const warning = `the price of ${config.provider}/${config.model} is not known: its cost counts as 0`
    return { model: configured({ ...exact, cost: noCost }, config), priced: false, warning }
  }
  if (config.provider === 'custom') return { model: configured(stranger(config), config), priced: false }
  const relative = nearest(config.model, Object.values(known).filter(hasPrice))
  const unknown = `the model ${config.model} is not in the list of ${config.provider}'s models`
  if (!relative) {
    const warning = `${unknown}: its cost counts as 0`
    return { model: configured(stranger(config), config), priced: false, warning }
  }
  const limits = {
    contextWindow: Math.min(relative.contextWindow, 200_000),
    maxTokens: Math.min(relative.maxTokens, 32_000),
  }
  return {
    model: configured({ ...relative, ...limits }, config),
    priced: true,
    warning: `${unknown}: it is treated and priced like ${relative.id}`,
  }
}

const noCost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/**
 * Whether the list says what a model costs. Of one that hands requests on to others, as OpenRouter's `auto` does, it says less
 * than nothing, or nothing at all; there what is free says so in its name.
 */
function hasPrice({ id, provider, cost: { input, output, cacheRead, cacheWrite } }: Model<Api>): boolean {
  if (![input, output, cacheRead, cacheWrite].every((price) => price >= 0)) return false
  return input + output > 0 || provider !== 'openrouter' || /[:/]free$/.test(id)
}

/** A model of which nothing is known but its id. The limits are such that all models of the last years can do it. */
function stranger(config: Handout['model']): Model<Api> {
  return {
    id: config.model,
    name: config.model,
    api: usualApi[config.provider],
    provider: config.provider,
    baseUrl: '',
    reasoning: config.thinkingLevel !== undefined && config.thinkingLevel !== 'off',
    input: ['text'],
    cost: noCost,
    contextWindow: 128_000,
    maxTokens: 8_192,
  }
}

function configured(model: Model<Api>, config: Handout['model']): Model<Api> {
  const api = config.api ?? model.api
  const contextWindow = config.contextWindow ?? model.contextWindow
  const maxTokens = config.maxTokens ?? Math.min(model.maxTokens, contextWindow)
  const { compat, ...rest } = model
  return {
    ...rest,
    id: config.model,
    name: config.model,
    api,
    baseUrl: addressFor(api, config.baseUrl ?? (model.baseUrl || defaultAddresses[config.provider] || '')),
    contextWindow,
    maxTokens,
    ...(compat && api === model.api && { compat: { ...compat, ...plain } }),
  }
}

/**
 * What the library would do beyond the plain protocol: let another model answer when this one refuses, and change tools in
 * the middle of a conversation, which never happens here. Servers that only speak like Anthropic's know neither.
 */
const plain: AnthropicMessagesCompat = { allowedFallbackModels: [], supportsMidConvoToolChanges: false }

/** Where models live that the catalogue does not have. */
const defaultAddresses: Readonly<Record<string, string>> = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com/v1',
  groq: 'https://api.groq.com/openai/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  xai: 'https://api.x.ai/v1',
  mistral: 'https://api.mistral.ai',
  openrouter: 'https://openrouter.ai/api/v1',
  bedrock: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  vertex: 'https://{location}-aiplatform.googleapis.com',
}

/** Anthropic's client and Mistral's append `/v1/…` themselves; whoever wrote it, too, means the same. */
function addressFor(api: string, url: string): string {
  const trimmed = url.replace(/\/+$/, '')
  return ['anthropic-messages', 'mistral-conversations'].includes(api) ? trimmed.replace(/\/v1$/, '') : trimmed
}

/**
 * The model whose id has the longest beginning in common with `id`, which has to include two words (`claude-sonnet`): the
 * shortest of them, and the first by the alphabet.
 */
export function nearest<M extends { readonly id: string }>(id: string, models: readonly M[]): M | undefined {
  const ranked = models
    .map((model) => ({ model, shared: sharedLength(id, model.id) }))
    .filter(({ shared }) => wordsIn(id.slice(0, shared)) >= 2)
    .sort(
      (a, b) =>
        b.shared - a.shared ||
        a.model.id.length - b.model.id.length ||
        (a.model.id < b.model.id ? -1 : a.model.id > b.model.id ? 1 : 0),
    )
  return ranked[0]?.model
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

/** Complete words; the name of a maker before a slash says nothing about the model. */
function wordsIn(beginning: string): number {
  const name = beginning.slice(beginning.indexOf('/') + 1)
  return [...name.matchAll(/[a-z0-9]+(?=[-.:])|[0-9]+/gi)].length
}
