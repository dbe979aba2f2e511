import type { Api, Model, ProviderStreams } from '@earendil-works/pi-ai'
import type { ModelProvider } from '../../../core/project/schema/model.ts'

type Catalogue = Readonly<Record<string, Model<Api>>>

/** The protocols an agent's model may speak. */
export type WireApi = keyof typeof apis

/**
 * What the library knows about each provider's models. Every entry is a module of its own, and so are the protocols below:
 * an agent reads the one it uses, and no SDK but that one.
 */
const catalogues: Readonly<Record<Exclude<ModelProvider, 'custom'>, () => Promise<Catalogue>>> = {
  anthropic: async () => (await import('@earendil-works/pi-ai/providers/anthropic.models')).ANTHROPIC_MODELS,
  openai: async () => (await import('@earendil-works/pi-ai/providers/openai.models')).OPENAI_MODELS,
  groq: async () => (await import('@earendil-works/pi-ai/providers/groq.models')).GROQ_MODELS,
  google: async () => (await import('@earendil-works/pi-ai/providers/google.models')).GOOGLE_MODELS,
  xai: async () => (await import('@earendil-works/pi-ai/providers/xai.models')).XAI_MODELS,
  mistral: async () => (await import('@earendil-works/pi-ai/providers/mistral.models')).MISTRAL_MODELS,
  openrouter: async () => (await import('@earendil-works/pi-ai/providers/openrouter.models')).OPENROUTER_MODELS,
  bedrock: async () => (await import('@earendil-works/pi-ai/providers/amazon-bedrock.models')).AMAZON_BEDROCK_MODELS,
  vertex: async () => (await import('@earendil-works/pi-ai/providers/google-vertex.models')).GOOGLE_VERTEX_MODELS,
}

const apis = {
  'anthropic-messages': () => import('@earendil-works/pi-ai/api/anthropic-messages'),
  'openai-completions': () => import('@earendil-works/pi-ai/api/openai-completions'),
  'openai-responses': () => import('@earendil-works/pi-ai/api/openai-responses'),
  'google-generative-ai': () => import('@earendil-works/pi-ai/api/google-generative-ai'),
  'google-vertex': () => import('@earendil-works/pi-ai/api/google-vertex'),
  'mistral-conversations': () => import('@earendil-works/pi-ai/api/mistral-conversations'),
  'bedrock-converse-stream': () => import('@earendil-works/pi-ai/api/bedrock-converse-stream'),
}

/** The protocol of a provider's models that are not in the catalogue. */
export const usualApi: Readonly<Record<ModelProvider, WireApi>> = {
  anthropic: 'anthropic-messages',
  openai: 'openai-responses',
  groq: 'openai-completions',
  google: 'google-generative-ai',
  xai: 'openai-responses',
  mistral: 'mistral-conversations',
  openrouter: 'openai-completions',
  custom: 'openai-completions',
  bedrock: 'bedrock-converse-stream',
  vertex: 'google-vertex',
}

/** The models of a provider that the library knows, by id; none for `custom`. */
export async function knownModels(provider: ModelProvider): Promise<Catalogue> {
  return provider === 'custom' ? {} : await catalogues[provider]()
}

/** Loads the protocol's client. */
export async function loadApi(api: string): Promise<Pick<ProviderStreams, 'streamSimple'>> {
  if (!isWireApi(api)) throw new Error(`no client for the protocol ${api}`)
  // The library's own type for a client that is chosen at run time; each client accepts the models of its protocol only.
  return (await apis[api]()) as Pick<ProviderStreams, 'streamSimple'>
}

const isWireApi = (api: string): api is WireApi => Object.hasOwn(apis, api)

/** These clients make their own requests; the others take a `fetch`, through which answers can be watched. */
const withoutFetch: readonly string[] = ['google-generative-ai', 'google-vertex', 'bedrock-converse-stream']

export const takesFetch = (api: string): boolean => !withoutFetch.includes(api)
