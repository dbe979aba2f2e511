import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { agentToml, modelToml, projectInMemory } from '../../core/project/testing/project-in-memory.ts'
import { gatewayRoutes } from '../../functions/gateway/app.ts'
import { gatewayHost } from './gateway-host.ts'

/** What the plan says of who may ask, in the gateway's words. */
const accessOf = (words: string) =>
  ({ open: ['open'], signed: ['signed'], 'gateway key': ['key'], "the run's own secret": ['session', 'bearer'] })[words]

const files = {
  'config.toml': `${modelToml}[webhooks.acme]\ntype = "github"\ncredential = "acme"\n`,
  'agents/dev/agent-config.toml': agentToml,
}

function endpointsOn(provider: 'ecs' | 'cloud-run') {
  const compiled = compileProject(projectInMemory(files), { provider })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.plan.endpoints
}

type Endpoint = ReturnType<typeof endpointsOn>[number]

const fits = ({ method, path }: Endpoint, route: { readonly method: string; readonly path: string }): boolean =>
  (method === 'ANY' || method === route.method) &&
  (path.endsWith('/*') ? route.path.startsWith(path.slice(0, -1)) : route.path === path)

const routes = gatewayRoutes(gatewayHost().options).map(({ method, path, access }) => ({
  method,
  access,
  path: path.replace('/webhooks/:source', '/webhooks/acme'),
}))

test.each(routes)('the plan says who may ask $method $path', (route) => {
  const [endpoint] = endpointsOn('ecs')
    .filter((one) => fits(one, route))
    .sort((a, b) => b.path.length - a.path.length)
  expect(accessOf(endpoint?.access ?? 'nobody')).toContain(route.access)
})

test('the plan names nothing that the gateway does not answer', () => {
  const aliases = ['/webhooks/github']
  const unanswered = endpointsOn('ecs').filter((one) => !routes.some((route) => fits(one, route)))
  expect(unanswered.map(({ path }) => path)).toEqual(aliases)
  const onlyThere = endpointsOn('cloud-run').filter(({ path }) => endpointsOn('ecs').every((one) => one.path !== path))
  expect(onlyThere.map(({ path }) => path)).toEqual(['/internal/*'])
})
