/** A repository on GitHub, as the tokens of its workflows name it. */
export interface GithubRepository {
  readonly owner: string
  readonly name: string
  /** Numbers that GitHub never gives away again; absent where its tokens do not carry them. */
  readonly ids?: { readonly owner: string; readonly name: string }
}

/** Who may take on a role: workflows of one repository, in one of the situations that a token tells apart. */
export interface GithubTrust {
  readonly repository: GithubRepository
  readonly when:
    | { readonly kind: 'branch'; readonly branch: string }
    | { readonly kind: 'environment'; readonly environment: string }
    | { readonly kind: 'pull-request' }
}

export const githubIssuer = 'token.actions.githubusercontent.com'
export const githubAudience = 'sts.amazonaws.com'

const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?'
const written = new RegExp(`^(${part})(?:@(\\d+))?/((?:\\.?${part})|_)(?:@(\\d+))?$`)

/** `owner/name`, or `owner@12/name@34` with the numeric ids; nothing if it is neither. */
export function parseRepository(text: string): GithubRepository | undefined {
  const [, owner, ownerId, name, nameId] = written.exec(text) ?? []
  if (owner === undefined || name === undefined || (ownerId === undefined) !== (nameId === undefined)) return undefined
  if (ownerId === undefined || nameId === undefined) return { owner, name }
  return { owner, name, ids: { owner: ownerId, name: nameId } }
}

/**
 * The subject of the tokens that are trusted: the whole of it, never a pattern. Sources: "OpenID Connect reference" of the
 * GitHub documentation; repositories made since 15 July 2026, and older ones that chose so, carry ids in theirs.
 */
export function subjectOf({ repository: { owner, name, ids }, when }: GithubTrust): string {
  const repository = ids === undefined ? `${owner}/${name}` : `${owner}@${ids.owner}/${name}@${ids.name}`
  switch (when.kind) {
    case 'branch':
      return `repo:${repository}:ref:refs/heads/${when.branch}`
    case 'environment':
      // A colon would end the part of the subject that it stands in.
      return `repo:${repository}:environment:${when.environment.replaceAll(':', '%3A')}`
    case 'pull-request':
      return `repo:${repository}:pull_request`
  }
}

/** The trust policy of a role for such workflows. */
export const trustPolicy = (trust: GithubTrust, { account, partition }: { account: string; partition: string }) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: providerArn({ account, partition }) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${githubIssuer}:aud`]: githubAudience, [`${githubIssuer}:sub`]: subjectOf(trust) },
      },
    },
  ],
})

/** An account knows an issuer of identities once. */
export const providerArn = ({ account, partition }: { account: string; partition: string }): string =>
  `arn:${partition}:iam::${account}:oidc-provider/${githubIssuer}`
