import { problemAt } from './check.ts'
import type { ProjectFiles } from './files.ts'
import type { KeyPath, Problem } from './problem.ts'
import { looksSecret } from './quote.ts'
import { isSecretHeader, secretIn } from './secrets.ts'
import { type Document, readText } from './toml.ts'

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
    if (typeof header === 'string' && !text.includes('${') && (isSecretHeader(header) || looksSecret(text))) {
      const message =
        'this header looks like a secret; write a reference such as "${custom_key:name}" instead of its value'
      problems.push(problemAt(document, path, message))
    }
  })
}

/** Reads a text file that becomes a part of the plan, and refuses it if it holds a secret. */
export function readProse(files: ProjectFiles, file: string, problems: Problem[]): string | undefined {
  const text = readText(files, file, problems)
  const what = text === undefined ? undefined : secretIn(text)
  if (text !== undefined && what !== undefined) {
    const lines = text.split('\n')
    const alone = lines.findIndex((one) => secretIn(one) !== undefined)
    // What follows its first line tells a key from text that only mentions keys.
    const line =
      (alone >= 0 ? alone : lines.findIndex((one, i) => secretIn(`${one}\n${lines[i + 1]}`) !== undefined)) + 1
    problems.push({
      file,
      ...(line > 0 ? { line } : {}),
      message: `holds ${what}; store it as a credential, which the agent finds in its environment`,
    })
  }
  return text
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
