import { expect } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { googleProject, openGoogleSite } from '../support/google/google-site.ts'
import { putStack } from '../support/google/standing-stack.ts'
import { agentFiles } from '../support/synth-project.ts'

export type Json = Readonly<Record<string, unknown>>

interface Drift {
  readonly resource: string
  readonly differences: readonly { readonly what: string; readonly expected: string; readonly found: string }[]
}

/** Two agents deployed to Google Cloud, for tests that change something behind the project's back. */
export async function openDriftingSite(name: string) {
  const daily = 'schedule = "0 6 * * *"\n'
  const project = googleProject(name, { ...agentFiles('dev', daily), ...agentFiles('ops', daily) })
  const site = await openGoogleSite()
  const plan = cloudPlan({ project })
  for (const { id } of [...plan.gateway.secrets, ...plan.agents.flatMap(({ secrets }) => secrets)]) {
    site.google.secrets.put(id, 'canary-in-the-cloud')
  }
  await putStack(site.google, plan, project)

  const doctor = async (...args: string[]) => {
    const { code, stdout, stderr } = await site.al(['doctor', '-c', '-p', project, '--json', ...args])
    const report = stdout === '' ? undefined : JSON.parse(stdout)
    return { code, stderr, report, drift: (report?.drift ?? []) as Drift[] }
  }
  return {
    google: site.google,
    al: site.al,
    plan,
    project,
    doctor,
    agent: (name: string) => {
      const found = plan.agents.find((one) => one.name === name)
      if (found?.account === undefined) throw new Error(`no agent ${name}`)
      return { ...found, account: found.account, member: memberOf(found.account) }
    },
    /** The doctor mends everything, and finds nothing when it looks again. */
    putsRight: async () => {
      const mended = await doctor('--yes')
      expect(mended.code, mended.stderr).toBe(0)
      const again = await doctor('--check')
      expect(again.drift).toEqual([])
      expect(again.code, again.stderr).toBe(0)
    },
    stop: async () => {
      expect(site.printed.join('\n')).not.toContain('canary')
      await site.stop()
    },
  }
}
export type DriftingSite = Awaited<ReturnType<typeof openDriftingSite>>

export const memberOf = (account: string) => `serviceAccount:${account}@acme-cloud.iam.gserviceaccount.com`

/** What is told of one resource, as one text. */
export const told = (drift: readonly Drift[], resource: string) =>
  (drift.find((one) => one.resource === resource)?.differences ?? [])
    .map(({ what, expected, found }) => `${what}: ${expected} | ${found}`)
    .join('\n')
