import { mountGateway } from './mount-gateway.ts'

/** API Gateway → the gateway. Loading reads the plan beside this bundle and asks nobody for anything. */
export const handler = await mountGateway(import.meta.dirname, process.env)
