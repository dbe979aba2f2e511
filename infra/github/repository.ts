/** A repository on GitHub, as the tokens of its workflows name it. */
export interface GithubRepository {
  readonly owner: string
  readonly name: string
  /** Numbers that GitHub never gives away again; absent where its tokens do not carry them, or nobody has named them. */
  readonly ids?: { readonly owner: string; readonly name: string }
}

/** Who may take on an identity: workflows of one repository, in one of the situations that a token tells apart. */
export interface GithubTrust {
  readonly repository: GithubRepository
  readonly when:
    | { readonly kind: 'branch'; readonly branch: string }
    | { readonly kind: 'environment'; readonly environment: string }
    | { readonly kind: 'pull-request' }
}

export const githubIssuer = 'token.actions.githubusercontent.com'

const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?'
const written = new RegExp(`^(${part})(?:@(\\d+))?/((?:\\.?${part})|_)(?:@(\\d+))?$`)

/** `owner/name`, or `owner@12/name@34` with the numeric ids; nothing if it is neither. */
export function parseRepository(text: string): GithubRepository | undefined {
  const [, owner, ownerId, name, nameId] = written.exec(text) ?? []
  if (owner === undefined || name === undefined || (ownerId === undefined) !== (nameId === undefined)) return undefined
  if (ownerId === undefined || nameId === undefined) return { owner, name }
  return { owner, name, ids: { owner: ownerId, name: nameId } }
}
