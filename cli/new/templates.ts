import { packagedNames, packagedText } from './package-files.ts'

/** What a first version of an agent can be made from. */
export const templates = {
  empty: { label: 'empty', hint: 'instructions of your own', agent: 'helper' },
  dev: { label: 'dev', hint: 'implements labelled issues and opens pull requests', agent: 'dev' },
  reviewer: { label: 'reviewer', hint: 'reviews pull requests', agent: 'reviewer' },
  planner: { label: 'planner', hint: 'turns labelled issues into plans', agent: 'planner' },
  devops: { label: 'devops', hint: 'files issues for failed CI runs and Sentry errors', agent: 'devops' },
} as const

export type TemplateName = keyof typeof templates
export const templateNames = Object.keys(templates) as [TemplateName, ...TemplateName[]]

/** Whether a template works in a repository, which it has to be told. */
export const needsRepository = (template: TemplateName): boolean => template !== 'empty'

/** What stands in a template for the repository, until somebody names one. */
export const noRepository = 'owner/repository'

/** The files of a new agent, by name. */
export function agentFilesOf(
  template: TemplateName,
  { agent, repo = noRepository }: { readonly agent: string; readonly repo?: string },
): ReadonlyMap<string, string> {
  const fill = (text: string) =>
    text
      .replaceAll('{{agent}}', agent)
      .replaceAll('{{repo}}', repo)
      .replaceAll('{{owner}}', repo.split('/')[0] ?? '')
  const files = packagedNames(`templates/${template}`).map(
    (name) => [name, fill(packagedText(`templates/${template}/${name}`))] as const,
  )
  return new Map(files)
}
