import { expect } from 'vitest'
import { agentFiles, model } from '../support/synth-project.ts'
import { type EmulatedAccount, gatewayKey, webhookSecret } from './deployed-project.ts'
import type { Launch } from './launch-recorder.ts'

/** A project with an agent that is a function, one that is a task, and two environments. */
export const clientProject = {
  'config.toml': `${model}\n[webhooks.github]\ntype = "github"\ncredential = "acme"\n\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n`,
  'environments/staging.toml': '[gateway]\nlockTimeout = 600\n',
  'environments/empty.toml': '[gateway]\nlockTimeout = 600\n',
  ...agentFiles('short', 'schedule = "0 6 * * *"\nscale = 2\n[[webhooks]]\nsource = "github"\nevents = ["issues"]\n'),
  ...agentFiles('long', 'schedule = "0 6 * * *"\ntimeout = 3600\n'),
}

/** `al` in a directory, typed by somebody who has credentials of an account. Keeps what is printed. */
export function terminal(account: () => EmulatedAccount, directory: string) {
  const printed: string[] = []
  const startWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const running = account().al(directory, args, env)
    const ended = running.ended.then((end) => {
      printed.push(end.stdout, end.stderr)
      return end
    })
    return { ...running, ended }
  }
  return {
    start: (...args: readonly string[]) => startWith({}, ...args),
    al: (...args: readonly string[]) => startWith({}, ...args).ended,
    /** The same with other variables in its environment. */
    alWith: (env: Readonly<Record<string, string>>, ...args: readonly string[]) => startWith(env, ...args).ended,
    /** What AWS is asked to start from now on, one after the other. */
    launchesFrom() {
      const { launches } = account()
      let next = launches.length
      return async (): Promise<Launch> => {
        await expect.poll(() => launches.length, { timeout: 20_000 }).toBeGreaterThan(next)
        const launch = launches[next++]
        if (launch === undefined) throw new Error('no launch')
        return launch
      }
    },
    /** Nothing that was printed shows a secret. */
    expectNoSecrets() {
      const all = printed.join('\n')
      expect(all).not.toContain(gatewayKey)
      expect(all).not.toContain(webhookSecret)
    },
  }
}
