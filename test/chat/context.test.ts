import { expect, test } from 'vitest'
import { agentContext } from '../../cli/chat/agent-context.ts'
import { projectContext } from '../../cli/chat/project-context.ts'
import { readProject } from '../../cli/commands/read-project.ts'
import { tempProject } from '../support/temp-project.ts'

const model = '[model]\nprovider = "openai"\nmodel = "gpt-5.5"\n'

test('without agents the conversation begins by asking for the first one, and the model knows how agents are written', () => {
  const context = projectContext(tempProject({ 'config.toml': model }), undefined)
  expect(context.opening).toContain('What should the first one do')
  const prompt = context.systemPrompt()
  expect(prompt).toContain('# Writing agents for this project')
  expect(prompt).toContain('al agent new')
  expect(context.secrets.map(({ type, field }) => `${type} ${field}`)).toEqual(['openai_key token'])
})

test('the guide of the project is the one that its owner has written', () => {
  const project = tempProject({
    'config.toml': model,
    'AGENTS.md': '# Our rules',
    'agents/a/agent-config.toml': 'schedule = "0 7 * * *"\n',
  })
  const context = projectContext(project, undefined)
  expect(context.opening).toBeUndefined()
  expect(context.systemPrompt()).toContain('<guide>\n# Our rules\n</guide>')
})

test('the model of the environment is the one that answers', () => {
  const project = tempProject({
    'config.toml': model,
    'environments/staging.toml': '[model]\nmodel = "gpt-5.4-mini"\n',
  })
  expect(projectContext(project, 'staging').model).toMatchObject({ provider: 'openai', model: 'gpt-5.4-mini' })
})

test.each([
  ['without a model', { 'config.toml': 'timezone = "UTC"\n' }, 'config.toml has no [model]'],
  ['with half a model', { 'config.toml': '[model]\nprovider = "openai"\n' }, 'model.model: missing'],
  ['with one that is not TOML', { 'config.toml': '[model\n' }, 'config.toml:1'],
])('%s there is nobody to talk with, and why is said', (_, files, why) => {
  expect(() => projectContext(tempProject(files), undefined)).toThrow(why)
})

test('an agent that is not there is named with the one that was meant', () => {
  const project = tempProject({ 'config.toml': model, 'agents/review/agent-config.toml': 'schedule = "0 7 * * *"\n' })
  expect(() => agentContext(readProject({ project }), 'reviw', project)).toThrow('did you mean "review"')
})
