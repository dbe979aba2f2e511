import { type Conversation, callId } from './conversation.ts'
import type { Answer, Failure } from './script.ts'

/** One piece of a stream of server-sent events. */
export interface Piece {
  readonly event?: string
  readonly data: unknown
}

/** How one provider's protocol says an answer and a failure. */
export interface Protocol {
  readonly path: RegExp
  readonly pieces: (conversation: Conversation, answer: Answer) => Piece[]
  readonly failureBody: (failure: Failure) => unknown
  readonly errorPiece: (failure: Failure) => Piece
}

type Told = Exclude<Failure['fail'], 'broken' | 'hang'>

interface Said {
  readonly status: number
  readonly anthropic: string
  readonly openai: string
  readonly message: string
}

const said: Readonly<Record<Told, Said>> = {
  rate_limit: {
    status: 429,
    anthropic: 'rate_limit_error',
    openai: 'rate_limit_exceeded',
    message: 'Rate limit reached',
  },
  overloaded: { status: 529, anthropic: 'overloaded_error', openai: 'server_error', message: 'Overloaded' },
  overloaded_in_stream: { status: 200, anthropic: 'overloaded_error', openai: 'server_error', message: 'Overloaded' },
  server: { status: 500, anthropic: 'api_error', openai: 'server_error', message: 'Internal server error' },
  auth: { status: 401, anthropic: 'authentication_error', openai: 'invalid_api_key', message: 'invalid x-api-key' },
  forbidden: {
    status: 403,
    anthropic: 'permission_error',
    openai: 'forbidden',
    message: 'not allowed to use this model',
  },
  quota: {
    status: 429,
    anthropic: 'rate_limit_error',
    openai: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  overflow: {
    status: 400,
    anthropic: 'invalid_request_error',
    openai: 'context_length_exceeded',
    message: 'prompt is too long: 213462 tokens > 200000 maximum',
  },
  bad_request: {
    status: 400,
    anthropic: 'invalid_request_error',
    openai: 'invalid_request_error',
    message: 'messages: text content blocks must be non-empty',
  },
}

const saidOf = ({ fail }: Failure): Said => said[fail === 'broken' || fail === 'hang' ? 'server' : fail]

export const statusOf = (failure: Failure): number => saidOf(failure).status

const tokens = ({ usage = {} }: Answer) => ({ input: 100, output: 20, cacheRead: 0, cacheWrite: 0, ...usage })

const anthropicError = (failure: Failure) => ({
  type: 'error',
  error: { type: saidOf(failure).anthropic, message: failure.message ?? saidOf(failure).message },
})

const openaiError = (failure: Failure) => ({
  error: {
    type: saidOf(failure).openai,
    code: saidOf(failure).openai,
    message: failure.message ?? saidOf(failure).message,
  },
})

const anthropic: Protocol = {
  path: /\/messages$/,
  failureBody: anthropicError,
  errorPiece: (failure) => ({ event: 'error', data: anthropicError(failure) }),
  pieces: (conversation, answer) => {
    const { model, turn } = conversation
    const { input, output, cacheRead, cacheWrite } = tokens(answer)
    const blocks = [
      ...(answer.thinking ? [thinkingBlock(answer.thinking)] : []),
      ...(answer.text ? [textBlock(answer.text)] : []),
      ...(answer.tools ?? []).map(({ name, input: args }, call) => ({
        start: { type: 'tool_use', id: callId(conversation, call), name, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(args) }],
      })),
    ]
    const stop = answer.cut ? 'max_tokens' : answer.tools?.length ? 'tool_use' : 'end_turn'
    const usage = { input_tokens: input, cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite }
    return [
      {
        type: 'message_start',
        message: {
          ...{ id: `msg_${turn}`, type: 'message', role: 'assistant', model, content: [], stop_reason: null },
          usage: { ...usage, output_tokens: 1 },
        },
      },
      ...blocks.flatMap((block, index) => [
        { type: 'content_block_start', index, content_block: block.start },
        ...block.deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: output } },
      { type: 'message_stop' },
    ].map((data) => ({ event: data.type, data }))
  },
}

const thinkingBlock = (thinking: string) => ({
  start: { type: 'thinking', thinking: '', signature: 'c2NyaXB0ZWQ=' },
  deltas: [{ type: 'thinking_delta', thinking }],
})

const textBlock = (text: string) => ({
  start: { type: 'text', text: '' },
  deltas: halves(text).map((half) => ({ type: 'text_delta', text: half })),
})

const completions: Protocol = {
  path: /\/chat\/completions$/,
  failureBody: openaiError,
  errorPiece: (failure) => ({ data: openaiError(failure) }),
  pieces: (conversation, answer) => {
    const { model, turn } = conversation
    const { input, output, cacheRead } = tokens(answer)
    const chunk = (delta: object, finish: string | null = null) => ({
      data: {
        ...{ id: `chatcmpl-${turn}`, object: 'chat.completion.chunk', created: 0, model },
        choices: [{ index: 0, delta, finish_reason: finish }],
      },
    })
    const usage = {
      ...{ prompt_tokens: input + cacheRead, completion_tokens: output, total_tokens: input + cacheRead + output },
      prompt_tokens_details: { cached_tokens: cacheRead },
    }
    return [
      chunk({ role: 'assistant', content: '' }),
      ...halves(answer.text ?? '').map((content) => chunk({ content })),
      ...(answer.tools ?? []).map(({ name, input: args }, index) =>
        chunk({
          tool_calls: [
            {
              index,
              id: callId(conversation, index),
              type: 'function',
              function: { name, arguments: JSON.stringify(args) },
            },
          ],
        }),
      ),
      chunk({}, answer.cut ? 'length' : answer.tools?.length ? 'tool_calls' : 'stop'),
      { data: { id: `chatcmpl-${turn}`, object: 'chat.completion.chunk', created: 0, model, choices: [], usage } },
      { data: '[DONE]' },
    ]
  },
}

const responses: Protocol = {
  path: /\/responses$/,
  failureBody: openaiError,
  errorPiece: (failure) => ({
    event: 'error',
    data: { ...openaiError(failure).error, type: 'error' },
  }),
  pieces: (conversation, answer) => {
    const { model, turn } = conversation
    const { input, output, cacheRead } = tokens(answer)
    const message = {
      ...{ id: `msg_${turn}`, type: 'message', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: answer.text ?? '', annotations: [] }],
    }
    const calls = (answer.tools ?? []).map(({ name, input: args }, call) => ({
      ...{
        id: `fc_${turn}_${call}`,
        type: 'function_call',
        status: 'completed',
        call_id: callId(conversation, call),
        name,
      },
      arguments: JSON.stringify(args),
    }))
    const items = [...(answer.text ? [message] : []), ...calls]
    const response = {
      ...{ id: `resp_${turn}`, object: 'response', created_at: 0, model, output: items },
      status: answer.cut ? 'incomplete' : 'completed',
      ...(answer.cut && { incomplete_details: { reason: 'max_output_tokens' } }),
      usage: {
        ...{ input_tokens: input + cacheRead, output_tokens: output, total_tokens: input + cacheRead + output },
        input_tokens_details: { cached_tokens: cacheRead },
        output_tokens_details: { reasoning_tokens: 0 },
      },
    }
    return [
      { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
      ...items.flatMap((item, output_index) => [
        {
          type: 'response.output_item.added',
          output_index,
          item: 'call_id' in item ? { ...item, arguments: '' } : { ...item, content: [] },
        },
        ...('call_id' in item
          ? [
              {
                ...{ type: 'response.function_call_arguments.done', output_index, item_id: item.id },
                arguments: item.arguments,
              },
            ]
          : [
              {
                ...{ type: 'response.content_part.added', output_index, content_index: 0, item_id: item.id },
                part: { type: 'output_text', text: '', annotations: [] },
              },
              {
                ...{ type: 'response.output_text.delta', output_index, content_index: 0, item_id: item.id },
                delta: answer.text,
              },
            ]),
        { type: 'response.output_item.done', output_index, item },
      ]),
      { type: answer.cut ? 'response.incomplete' : 'response.completed', response },
    ].map((data, sequence_number) => ({ event: data.type, data: { ...data, sequence_number } }))
  },
}

export const protocols: readonly Protocol[] = [anthropic, completions, responses]

/** Text comes in two pieces, so that whoever reads the stream has to put it together. */
function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '')
}
