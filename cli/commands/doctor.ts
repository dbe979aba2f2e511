import { exitCodes, UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'

export interface DoctorOptions {
  readonly project: string
  readonly env?: string
  readonly cloud?: boolean
  readonly check?: boolean
  readonly yes?: boolean
  readonly prune?: boolean
  readonly json?: boolean
}

/**
 * Says what is missing on this machine, or with `cloud` in the cloud, and repairs it. Throws a `UserError` for what is
 * left.
 */
export async function doctor(options: DoctorOptions, ui: Ui): Promise<void> {
  if (options.cloud === true) return await (await import('../doctor/doctor-cloud.ts')).doctorCloud(options, ui)
  const stray = (['yes', 'prune'] as const).filter((name) => options[name] === true)
  if (stray.length > 0) {
    throw new UserError(`--${stray.join(', --')} is for the cloud: add -c, or leave it out`, exitCodes.usage)
  }
  await (await import('../doctor/doctor-local.ts')).doctorLocal(options, ui)
}
