import { resolve } from 'node:path'
import { interpolated, optionalText, textParam } from './params.ts'
import { PreflightError } from './preflight-error.ts'
import { runProgram } from './run-program.ts'
import type { Step } from './step.ts'

const ownerAndName = /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/
const url = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//
const overSsh = /^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^-:]/

/** Clones `repo` to `dest`: `owner/name` from GitHub over SSH, anything else by its URL. Values are arguments, never code. */
export const gitClone: Step = async (params, context) => {
  const { environment, directory, log } = context
  log('info', 'preflight git-clone', { repo: params.repo, dest: params.dest })
  const values = interpolated(params, environment)
  const repo = addressOf(textParam(values, 'repo'))
  const dest = resolve(directory, textParam(values, 'dest'))
  const branch = optionalText(values, 'branch')
  const { depth } = params
  if (depth !== undefined && !(typeof depth === 'number' && Number.isInteger(depth) && depth > 0)) {
    throw new PreflightError('the parameter `depth` is not a whole number from 1')
  }
  const args = [
    'clone',
    ...(branch === undefined ? [] : [`--branch=${branch}`]),
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    '--',
    repo,
    dest,
  ]
  await runProgram('git', args, {
    ...context,
    // Git has transports that run commands (`ext::`); none of these does.
    environment: { ...environment, GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh' },
    name: 'preflight git-clone',
  })
  log('info', 'preflight git-clone done', { dest: params.dest })
}

function addressOf(repo: string): string {
  if (ownerAndName.test(repo)) return `git@github.com:${repo}.git`
  if (url.test(repo) || overSsh.test(repo)) return repo
  throw new PreflightError('`repo` is neither "owner/name" nor a URL such as "https://…" or "git@host:path"')
}
