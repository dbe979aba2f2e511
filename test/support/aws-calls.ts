import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { closeServer, listenOnLoopback } from './loopback.ts'
import { restOperation } from './rest-actions.ts'

/** A request to AWS, as a policy would name it. */
export interface AwsCall {
  /** As in a policy: `cloudformation`, `secretsmanager`. */
  readonly service: string
  /** The right it needs: `cloudformation:DescribeStacks`. A path, if the operation is not known. */
  readonly action: string
  /** What it is about, where the request says so: a name, an ARN, a path. */
  readonly resource?: string
  /** The role that asked, as an ARN; absent for the credentials the process began with. */
  readonly as?: string
  /** Of the answer. */
  readonly status: number
}

/** What is done with a request instead of passing it on. Nothing: it is passed on, once a promise of that is kept. */
export type Interference = (call: Omit<AwsCall, 'status'>) => Instead | Promise<Instead>

type Instead = { readonly status: number; readonly code: string; readonly message?: string } | 'cut' | undefined

export interface RecordingProxy {
  /** Base URL, for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string
  /** Every request that was answered, in order. */
  readonly calls: readonly AwsCall[]
  stop(): Promise<void>
}

/** Stands between a process and an emulator, remembers who asked for what, and can answer in the emulator's place. */
export async function recordingProxy(
  upstream: string,
  interfere: Interference = () => undefined,
): Promise<RecordingProxy> {
  const calls: AwsCall[] = []
  const roles = new Map<string, string>()
  const { port: upstreamPort } = new URL(upstream)

  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await bytesOf(incoming)
      const call = describe(incoming, body, roles)
      const instead = await interfere(call)
      if (instead === 'cut') {
        incoming.socket.destroy()
        return
      }
      if (instead !== undefined) {
        calls.push({ ...call, status: instead.status })
        return refuse(outgoing, call.service, incoming, instead)
      }
      const answer = await passOn(incoming, body, upstreamPort)
      calls.push({ ...call, status: answer.status })
      if (call.action === 'sts:AssumeRole') remember(roles, call.resource, answer.body.toString())
      outgoing.writeHead(answer.status, answer.headers).end(answer.body)
    } catch {
      // The emulator is gone, or the caller is: the other one hears of it by the connection.
      incoming.socket.destroy()
    }
  })
  const port = await listenOnLoopback(server)
  return {
    endpoint: `http://localhost:${port}`,
    calls,
    stop: () => closeServer(server),
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Names of operations that a policy calls otherwise. Source: the Service Authorization Reference. */
const rights: Readonly<Record<string, string>> = {
  'lambda:Invoke': 'lambda:InvokeFunction',
  's3:HeadObject': 's3:GetObject',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjects': 's3:ListBucket',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:UploadPart': 's3:PutObject',
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:DeleteObjects': 's3:DeleteObject',
}

/** Names of services in signatures that a policy calls otherwise. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' }

function describe(
  incoming: IncomingMessage,
  body: Buffer,
  roles: ReadonlyMap<string, string>,
): Omit<AwsCall, 'status'> {
  const scope = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? '')
  const service = scope?.[2] ?? 'unsigned'
  const url = new URL(incoming.url ?? '/', 'http://localhost')
  const path = service === 's3' ? keyPath(incoming.headers.host ?? '', url.pathname) : url.pathname
  const target = incoming.headers['x-amz-target']
  const type = incoming.headers['content-type'] ?? ''
  const form = type.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(body.toString()) : undefined
  const cbor = /\/operation\/(\w+)$/.exec(url.pathname)?.[1]
  const operation =
    (typeof target === 'string' ? target.split('.').at(-1) : undefined) ??
    form?.get('Action') ??
    cbor ??
    restOperation(service, incoming.method ?? '', path, url.searchParams) ??
    (service === 'apigateway' ? incoming.method : undefined) ??
    `${incoming.method} ${url.pathname}`
  const prefix = prefixes[service] ?? service
  const action = `${prefix}:${operation}`
  const resource = form === undefined ? resourceOf(type, body, url) : formResource(form)
  const as = roles.get(scope?.[1] ?? '')
  return {
    service: prefix,
    action: rights[action] ?? action,
    ...(resource !== undefined && { resource }),
    ...(as !== undefined && { as }),
  }
}

/** A bucket stands before the host or at the beginning of the path; the model knows only what comes after. */
function keyPath(host: string, path: string): string {
  const inHost = !/^(?:localhost|127\.0\.0\.1)(?::|$)/.test(host)
  return inHost ? path : path.replace(/^\/[^/]+/, '') || '/'
}

const naming =
  /^(?:RoleArn|RoleName|StackName|SecretId|Name|FunctionName|repositoryName|TableName|logGroupName|projectName|taskDefinition|QueueUrl)$/

const formResource = (form: URLSearchParams): string | undefined => [...form].find(([key]) => naming.test(key))?.[1]

function resourceOf(type: string, body: Buffer, url: URL): string | undefined {
  if (!/json/.test(type) || url.pathname !== '/')
    return url.pathname === '/' ? undefined : decodeURIComponent(url.pathname)
  const named = Object.entries(JSON.parse(body.toString() || '{}') as Record<string, unknown>).find(([key]) =>
    naming.test(key),
  )
  return typeof named?.[1] === 'string' ? named[1] : undefined
}

function remember(roles: Map<string, string>, role: string | undefined, answer: string): void {
  const key = /<AccessKeyId>([^<]+)</.exec(answer)?.[1]
  if (key !== undefined && role !== undefined) roles.set(key, role)
}

function passOn(incoming: IncomingMessage, body: Buffer, port: string) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
    const headers = { ...incoming.headers, host: (incoming.headers.host ?? '').replace(/:\d+$/, `:${port}`) }
    const outgoing = request(
      { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        bytesOf(answer).then((bytes) => {
          const { 'transfer-encoding': _, ...rest } = answer.headers
          resolve({ status: answer.statusCode ?? 502, headers: rest, body: bytes })
        }, reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** An error as the service would write it: S3 and query services in XML, the others in JSON. */
function refuse(
  outgoing: ServerResponse,
  service: string,
  incoming: IncomingMessage,
  { status, code, message = code }: { readonly status: number; readonly code: string; readonly message?: string },
): void {
  if (service === 's3') {
    const body = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
    outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body)
    return
  }
  const isQuery = (incoming.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  if (isQuery) {
    outgoing
      .writeHead(status, { 'content-type': 'text/xml' })
      .end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
      )
    return
  }
  outgoing
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code })
    .end(JSON.stringify({ __type: code, message }))
}
