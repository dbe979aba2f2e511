import { createHmac } from 'node:crypto'

/** A request as somebody sends it to the HTTP API. */
export interface Sent {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly sourceIp?: string
  /** Whether API Gateway hands the body over in base64: as it does with what it does not take for text. */
  readonly base64?: boolean
}

/** What the gateway function answers. */
export interface Answered {
  readonly statusCode: number
  readonly body: string
}

const domainName = 'abc.execute-api.eu-west-1.amazonaws.com'

/** The event of an HTTP API with payload format 2.0. */
export function eventOf({ method = 'POST', path, headers, body = '', sourceIp = '192.0.2.1', base64 = true }: Sent) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: domainName, 'content-type': 'application/json', ...headers },
    requestContext: {
      domainName,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: 'test' },
      requestId: 'request-1',
      stage: '$default',
    },
    body: base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: base64,
  }
}

/** A delivery as GitHub sends it: signed over the bytes of the body. */
export function githubDelivery(secret: string, event: string, id: string, body: string): Sent {
  return {
    path: '/webhooks/github',
    body,
    headers: {
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  }
}
