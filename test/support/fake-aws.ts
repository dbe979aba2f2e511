import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Plan } from '../../core/plan/schema.ts'
import { fakeDynamoDb } from './fake-dynamodb.ts'
import { type FakeTask, fakeEcs } from './fake-ecs.ts'
import { account, region } from './iam.ts'

/**
 * As much of AWS as the control plane speaks to, on loopback: Lambda's Invoke, ECS, Secrets Manager, DynamoDB. It knows
 * the functions and task definitions of one plan, remembers what was asked for, and can be told to refuse, to hang, or to
 * do its work and lose the answer.
 */
export interface FakeAws {
  /** Base URL, for `AWS_ENDPOINT_URL` or a client's `endpoint`. */
  readonly endpoint: string
  /** What a process needs to speak to this and to nothing else. */
  readonly env: Readonly<Record<string, string>>
  /** Every request, in order. */
  readonly requests: readonly FakeRequest[]
  /** Every right that a request needed, as IAM would have been asked. */
  readonly rights: readonly Right[]
  /** What was started: payloads of functions, environments of tasks. */
  readonly launches: readonly FakeLaunch[]
  /** By ARN. A test may put tasks of others here. */
  readonly tasks: Map<string, FakeTask>
  /** Values of secrets by id; tests fill it. */
  readonly secrets: Map<string, string>
  /** The next requests with this action meet these fates, one each. */
  meet(action: string, ...fates: readonly Fate[]): void
  close(): Promise<void>
}

export interface FakeRequest {
  /** As a policy names it: `ecs:RunTask`. */
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
}

export interface Right {
  readonly action: string
  readonly resource: string
  /** Condition keys and their values. */
  readonly context: Readonly<Record<string, string>>
}

export type FakeLaunch =
  | { readonly compute: 'lambda'; readonly resource: string; readonly payload: unknown }
  | { readonly compute: 'fargate'; readonly resource: string; readonly environment: Readonly<Record<string, string>> }

export type Fate =
  /** An error of the service. Nothing is done. */
  | { readonly status: number; readonly type: string; readonly message?: string }
  /** An answer without an error. Nothing is done. */
  | { readonly answer: unknown }
  /** Nothing is done, and no answer comes. */
  | 'hang'
  /** It is done; the connection breaks before the answer. */
  | 'lose the answer'

/** What a service makes of a request. */
export interface Served {
  readonly status?: number
  readonly answer: unknown
}

export const serviceError = (type: string, message: string, more: object = {}, status = 400): Served => ({
  status,
  answer: { __type: type, message, Message: message, ...more },
})

export const arnOf = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`

/** Targets of the JSON protocols, and the prefix of their actions. */
const services: Readonly<Record<string, string>> = {
  AmazonEC2ContainerServiceV20141113: 'ecs',
  secretsmanager: 'secretsmanager',
  DynamoDB_20120810: 'dynamodb',
}

export async function startFakeAws(plan: Plan): Promise<FakeAws> {
  const requests: FakeRequest[] = []
  const rights: Right[] = []
  const launches: FakeLaunch[] = []
  const secrets = new Map<string, string>()
  const fates = new Map<string, Fate[]>()
  const right = (action: string, resource: string, context: Right['context'] = {}) =>
    rights.push({ action, resource, context })
  const ecs = fakeEcs(plan, right, (resource, environment) =>
    launches.push({ compute: 'fargate', resource, environment }),
  )
  const dynamoDb = fakeDynamoDb(right)
  const functions = new Set(plan.agents.filter(({ compute }) => compute === 'lambda').map(({ resource }) => resource))

  const serve = (action: string, input: Record<string, unknown>): Served => {
    if (action.startsWith('ecs:')) return ecs.serve(action.slice('ecs:'.length), input)
    if (action.startsWith('dynamodb:')) return dynamoDb(action.slice('dynamodb:'.length), input)
    if (action === 'lambda:InvokeFunction') {
      const name = String(input.function)
      right(action, arnOf('lambda', `function:${name}`))
      if (!functions.has(name)) return notFound(`Function not found: ${arnOf('lambda', `function:${name}`)}`)
      launches.push({ compute: 'lambda', resource: name, payload: input.payload })
      return { status: 202, answer: '' }
    }
    if (action === 'secretsmanager:GetSecretValue') {
      const id = String(input.SecretId)
      const value = secrets.get(id)
      if (value !== undefined) right(action, arnOf('secretsmanager', `secret:${id}-Ab1Cd2`))
      // As AWS answers a role that may read `<id>-??????`: the ARN of what is not there has no such end.
      if (value === undefined) return serviceError('AccessDeniedException', `not authorized on resource: ${id}`)
      return { answer: { ARN: arnOf('secretsmanager', `secret:${id}-Ab1Cd2`), Name: id, SecretString: value } }
    }
    return serviceError('UnknownOperationException', action)
  }

  const server = createServer(async (request, response) => {
    const { action, input } = read(request, await bodyOf(request))
    requests.push({ action, input })
    const fate = fates.get(action)?.shift()
    if (fate === 'hang') return
    if (fate === 'lose the answer') {
      serve(action, input)
      request.socket.destroy()
    } else if (fate === undefined) write(response, serve(action, input))
    else if ('answer' in fate) write(response, fate)
    else write(response, serviceError(fate.type, fate.message ?? fate.type, {}, fate.status))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    requests,
    rights,
    launches,
    tasks: ecs.tasks,
    secrets,
    meet(action, ...more) {
      fates.set(action, [...(fates.get(action) ?? []), ...more])
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const notFound = (message: string) => serviceError('ResourceNotFoundException', message, {}, 404)

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The action of a request and what it asks for. A refusal to understand is part of the test: the SDK decides the form. */
function read({ method, url = '', headers }: IncomingMessage, body: string): FakeRequest {
  const json = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>
  const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url) ?? []
  if (name !== undefined) {
    if (method !== 'POST' || headers['x-amz-invocation-type'] !== 'Event') throw new Error('not an asynchronous invoke')
    return { action: 'lambda:InvokeFunction', input: { function: decodeURIComponent(name), payload: json } }
  }
  const [target = '', operation = ''] = String(headers['x-amz-target']).split('.')
  const service = services[target]
  if (service === undefined) throw new Error(`unknown request ${method} ${url} ${headers['x-amz-target']}`)
  return { action: `${service}:${operation}`, input: json }
}

function write(response: ServerResponse, { status = 200, answer }: Served): void {
  const type = status >= 400 ? (answer as { __type: string }).__type : undefined
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
    ...(type !== undefined && { 'x-amzn-errortype': type }),
  })
  response.end(answer === '' ? '' : JSON.stringify(answer))
}
