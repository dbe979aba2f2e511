import type { Diffing } from '../commands/diff.ts'
import { CloudError } from '../errors.ts'

export async function diffGoogle({ plan }: Diffing): Promise<void> {
  throw new CloudError(`${plan.project} is for Google Cloud, which al cannot deploy to yet`)
}
