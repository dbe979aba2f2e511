import * as z from 'zod'
import { oneOf, text, url, wholeNumber } from './fields.ts'

/** Providers with the credential type that holds their key; `bedrock` and `vertex` use the agent's own cloud identity. */
export const modelProviders = {
  anthropic: 'anthropic_key',
  openai: 'openai_key',
  groq: 'groq_key',
  google: 'google_key',
  xai: 'xai_key',
  mistral: 'mistral_key',
  openrouter: 'openrouter_key',
  custom: 'custom_key',
  bedrock: undefined,
  vertex: undefined,
} as const

export type ModelProvider = keyof typeof modelProviders

export const modelSchema = z.strictObject({
  provider: oneOf(Object.keys(modelProviders) as [ModelProvider, ...ModelProvider[]]),
  model: text('a model id'),
  authType: oneOf(['api_key', 'oauth_token', 'pi_auth']).optional(),
  thinkingLevel: oneOf(['off', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  baseUrl: url().optional(),
  api: oneOf(['openai-completions', 'openai-responses', 'anthropic-messages']).optional(),
  headers: z.record(text(), z.string().describe('a text')).optional().describe('a table of header names and texts'),
  contextWindow: wholeNumber(1, undefined, 'tokens').optional(),
  maxTokens: wholeNumber(1, undefined, 'tokens').optional(),
})

export type Model = z.output<typeof modelSchema>
