import type { ModelProvider } from '../../core/project/schema/model.ts'

/** What is offered, the default first. Any other id may be typed. */
export const offeredModels: Readonly<Record<ModelProvider, readonly string[]>> = {
  anthropic: ['claude-sonnet-5', 'claude-opus-5-5', 'claude-haiku-4-5'],
  openai: ['gpt-5.5', 'gpt-5.4-mini', 'gpt-5.5-pro'],
  google: ['gemini-3.8-flash', 'gemini-3.1-pro-preview', 'gemini-2.5-pro'],
  openrouter: ['anthropic/claude-sonnet-5', 'openai/gpt-5.5', 'anthropic/claude-haiku-4.5'],
  groq: ['openai/gpt-oss-120b', 'llama-3.3-70b-versatile'],
  xai: ['grok-4.7', 'grok-4.5'],
  mistral: ['mistral-large-latest', 'devstral-latest', 'mistral-medium-latest'],
  bedrock: ['global.anthropic.claude-sonnet-5', 'global.anthropic.claude-opus-5-5'],
  vertex: ['gemini-3.8-flash', 'gemini-3.1-pro-preview'],
  custom: [],
}

export const providerLabels: Readonly<Record<ModelProvider, string>> = {
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  google: 'Google AI',
  openrouter: 'OpenRouter',
  groq: 'Groq',
  xai: 'xAI',
  mistral: 'Mistral AI',
  bedrock: 'Amazon Bedrock',
  vertex: 'Google Vertex AI',
  custom: 'another server',
}

/** In the order in which they are offered. */
export const providerNames = Object.keys(providerLabels) as [ModelProvider, ...ModelProvider[]]
