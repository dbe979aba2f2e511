import { exitCodes, UserError } from '../errors.ts'

/**
 * Texts that become part of a workflow: YAML, conditions, paths. Each is held to letters that mean nothing in any of
 * these; `${{` would be an expression of GitHub's, whatever the quotes around it.
 */
const rules = {
  branch: {
    pattern: /^[A-Za-z0-9_](?:[A-Za-z0-9._-]|\/(?=[A-Za-z0-9_]))*$/,
    rule: 'the name of a branch, of letters, digits and "._/-"',
    flag: '--branch',
  },
  githubEnvironment: {
    pattern: /^[A-Za-z0-9_][A-Za-z0-9 ._-]{0,254}$/,
    rule: 'the name of an environment on GitHub, of letters, digits, blanks and "._-"',
    flag: '--github-environment',
  },
  roleArn: {
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9_+=,.@/-]{1,512}$/,
    rule: 'the ARN of a role such as "arn:aws:iam::123456789012:role/deploy"',
    flag: '--role-arn',
  },
  account: { pattern: /^\d{12}$/, rule: 'the twelve digits of an AWS account', flag: '--account' },
  projectNumber: {
    pattern: /^\d{1,19}$/,
    rule: 'the twelve digits of an AWS account, or the number of a Google Cloud project (its id is a name)',
    flag: '--account',
  },
  directory: {
    pattern: /^(?!-)[A-Za-z0-9_.@+ -]+(?:\/[A-Za-z0-9_.@+ -]+)*$/,
    rule: 'a path of letters, digits, blanks and "_.@+-"',
    flag: 'the path of the project or of the workflow',
  },
} as const

type CheckedName = keyof typeof rules

/** The text itself. Throws a `UserError` (usage) that says what it should have been. */
export function checked(what: CheckedName, text: string, flag: string = rules[what].flag): string {
  const wrong = problemOf(what, text)
  if (wrong === undefined) return text
  throw new UserError(`${flag}: ${wrong}`, exitCodes.usage)
}

/** What is wrong with a text; nothing if it is right. */
const problemOf = (what: CheckedName, text: string): string | undefined =>
  rules[what].pattern.test(text) ? undefined : `${JSON.stringify(text)} is not ${rules[what].rule}`
