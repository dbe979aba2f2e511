import type { Sent } from '../sent.ts'

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
