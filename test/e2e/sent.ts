import { createHmac } from 'node:crypto'

/** A request as somebody sends it to the gateway. */
export interface Sent {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly sourceIp?: string
  /** On AWS: whether API Gateway hands the body over in base64: as it does with what it does not take for text. */
  readonly base64?: boolean
}

/** What the gateway answers. */
export interface Answered {
  readonly statusCode: number
  readonly body: string
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
