import { handle } from 'hono/aws-lambda'
import { gatewayApp } from '../gateway/app.ts'

/** API Gateway (HTTP API, payload format 2.0) → the gateway. Loading only wires things up; work starts with an event. */
export const handler = handle(gatewayApp())
