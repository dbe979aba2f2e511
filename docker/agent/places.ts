import { join } from 'node:path'

/** Where things lie for one run. */
export interface Places {
  /** The directory of the entry: `bin/` with the agent's commands lies in it. Read-only. */
  readonly app: string
  /** Everything that is written: home, working directory, temporary files. */
  readonly work: string
  /** Credential files, `<type>/<instance>/<field>`, where they are mounted. */
  readonly credentials: string
  /** Where the agent's commands leave what the run is to end with. */
  readonly signals: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The places of a run. The defaults are those of a container; on a machine without one, `AL_WORK_DIR` and
 * `AL_CREDENTIALS_DIR` say where its own directories are.
 */
export function placesOf(env: Environment, app: string): Places {
  const work = given(env.AL_WORK_DIR) ?? '/tmp'
  return { app, work, credentials: given(env.AL_CREDENTIALS_DIR) ?? '/credentials', signals: join(work, 'signals') }
}

const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)
