import { mountScheduler } from './mount-scheduler.ts'

/** EventBridge → the scheduler. Loading reads the plan beside this bundle and asks nobody for anything. */
export const handler = await mountScheduler(import.meta.dirname, process.env)
