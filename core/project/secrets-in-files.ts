import { problemAt } from './check.ts'
import type { KeyPath, Problem } from './problem.ts'
import { isSecretHeader, secretIn } from './secrets.ts'
import type { Document } from './toml.ts'

/**
 * A header value that comes from a credential at run time: `${openai_key}`, `${custom_key:house}`,
 * `Bearer ${x_twitter_api:main.bearer_token}`.
 */
export const credentialReference = /\$\{([a-z0-9_]+(?::[A-Za-z0-9_.-]+?)?)(?:\.([a-z_]+))?\}/

/**
 * Refuses a file that holds a secret. Whatever stands in a project file travels: into the plan, the functions' assets and
 * the agents' prompts. Secrets belong into credentials, which only the agents that list them can read.
 */
export function scanForSecrets(document: Document, problems: Problem[]): void {
  visit(document.data, [], (text, path) => {
    const what = secretIn(text)
    if (what !== undefined) {
      problems.push(problemAt(document, path, `holds ${what}; store it as a credential and list that instead`))
      return
    }
    const header = path.at(-2) === 'headers' ? path.at(-1) : undefined
    // A preflight step's headers take their secrets from the environment, by name.
    if (typeof header === 'string' && isSecretHeader(header) && !text.includes('${')) {
      problems.push(
        problemAt(
          document,
          path,
          'this header is a secret by its name; write a reference such as "${custom_key:name}"',
        ),
      )
    }
  })
}

function visit(value: unknown, path: KeyPath, see: (text: string, path: KeyPath) => void): void {
  if (typeof value === 'string') see(value, path)
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(item, [...path, i], see)
  else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, item] of Object.entries(value)) {
      see(key, path)
      visit(item, [...path, key], see)
    }
  }
}
