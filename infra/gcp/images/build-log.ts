import type { GoogleAccount } from '../account.ts'

const shown = 30
const longestLine = 500

/** The last lines that a build printed, oldest first; a word on why there are none. */
export async function lastLines(id: string, { api, project }: Pick<GoogleAccount, 'api' | 'project'>): Promise<string> {
  const answer = await api('POST', 'https://logging.googleapis.com/v2/entries:list', {
    body: {
      resourceNames: [`projects/${project}`],
      filter: `resource.type="build" AND resource.labels.build_id="${id}"`,
      orderBy: 'timestamp desc',
      pageSize: 100,
    },
    repeatable: true,
  })
  if (answer.status >= 300) return `(its log cannot be read: ${answer.error})`
  const { entries = [] } = answer.body as { readonly entries?: readonly { readonly textPayload?: string }[] }
  return entries
    .flatMap(({ textPayload = '' }) => textPayload.split('\n').reverse())
    .map((line) =>
      line
        .slice(line.lastIndexOf('\r') + 1)
        .trimEnd()
        .slice(0, longestLine),
    )
    .filter((line) => line !== '')
    .slice(0, shown)
    .reverse()
    .join('\n')
}
