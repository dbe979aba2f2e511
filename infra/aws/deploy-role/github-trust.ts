import { type GithubTrust, githubIssuer } from '../../github/repository.ts'

export const githubAudience = 'sts.amazonaws.com'

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
