/** What the gateway answers, as its routes declare it. Types only: nothing of the gateway is part of the page. */
export type { PublicRun as Run } from '../functions/gateway/public-run.ts'
export type { AgentView as Agent } from '../functions/gateway/routes/agent-view.ts'
export type { Status } from '../functions/gateway/routes/control.ts'
export type { Call } from '../functions/gateway/routes/control-calls.ts'
export type { Costs as DaysSpent } from '../functions/gateway/routes/control-costs.ts'
export type { ShownDelivery as Delivery } from '../functions/gateway/routes/control-deliveries.ts'
export type { HeldLock } from '../functions/gateway/routes/locks.ts'
export type { ShownLogPage as LogPage } from '../functions/gateway/routes/logs.ts'
