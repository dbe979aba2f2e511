import type { AgentTool } from '@earendil-works/pi-agent-core'
import type { AssistantMessage } from '@earendil-works/pi-ai'
import type { Handout } from '../../../core/plan/decisions.ts'
import type { Attributes } from '../../../core/telemetry/otlp.ts'
import type { RunTrace } from '../telemetry.ts'
import type { ModelCalls } from './model-call.ts'

type Trace = Pick<RunTrace, 'begin' | 'around'>

/**
 * The calls, with a span around each from its request to its last token.
 * Names: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
export function tracedCalls(calls: ModelCalls, provider: Handout['model']['provider'], trace: Trace): ModelCalls {
  return {
    ...calls,
    stream: (model, context, options) => {
      const system = systems[provider] ?? provider
      const span = trace.begin({
        name: `chat ${model.id}`,
        kind: 'client',
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.system': system,
          'gen_ai.provider.name': system,
          'gen_ai.request.model': model.id,
        },
      })
      const stream = calls.stream(model, context, options)
      Promise.resolve(stream)
        .then((it) => it.result())
        .then(
          (message) => span.end(attributesOf(message), isFailed(message)),
          () => span.end({ 'error.type': 'error' }, true),
        )
      return stream
    },
  }
}

/** The tools, with a span around each use. What a tool is given and what it says is nobody else's business. */
export const tracedTools = (tools: readonly AgentTool[], trace: Trace): AgentTool[] =>
  tools.map((tool) => ({
    ...tool,
    execute: (id, ...rest) => {
      const attributes = {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': tool.name,
        'gen_ai.tool.call.id': id,
      }
      return trace.around({ name: `execute_tool ${tool.name}`, attributes }, () => tool.execute(id, ...rest))
    },
  }))

/** Where the convention has another name for a provider than we do. */
const systems: Readonly<Record<string, string>> = {
  bedrock: 'aws.bedrock',
  google: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
  mistral: 'mistral_ai',
}

const isFailed = ({ stopReason }: AssistantMessage): boolean => stopReason === 'error' || stopReason === 'aborted'

/** Input counts what came from the provider's cache, as the convention has it. */
function attributesOf(message: AssistantMessage): Attributes {
  const { usage, stopReason } = message
  return {
    'gen_ai.response.finish_reasons': [stopReason],
    'gen_ai.usage.input_tokens': usage.input + usage.cacheRead + usage.cacheWrite,
    'gen_ai.usage.output_tokens': usage.output,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite,
    ...(isFailed(message) && { 'error.type': stopReason }),
  }
}
