import { agentFiles } from '../support/synth-project.ts'
import { anthropicModel, hourly, saidOf } from './mistake.ts'

saidOf('about making and changing', [
  {
    title: 'a new project needs no terminal, and no package of a version that nobody chose',
    command: ['new', 'fresh', '--yes', '--json'],
    code: 0,
    says: ['"next": "cd fresh && al doctor"'],
    never: ['package.json', 'latest'],
  },
  {
    title: 'the template devops is there, and makes an agent that compiles',
    files: { 'config.toml': anthropicModel, ...agentFiles('dev', hourly) },
    command: ['agent', 'new', 'ops', '--template', 'devops', '--repo', 'acme/app', '--json'],
    code: 0,
    says: ['agents/ops/ACTIONS.md', 'config.toml'],
  },
  {
    title: 'a source of Mintlify can be made',
    files: { 'config.toml': anthropicModel, ...agentFiles('dev', hourly) },
    command: ['agent', 'config', 'dev', '--webhook', 'mintlify events=build'],
    code: 0,
    says: ['changed agents/dev/agent-config.toml and config.toml'],
  },
  {
    title: 'a schedule that no clock can follow is refused before it is written',
    files: { 'config.toml': anthropicModel, ...agentFiles('dev', hourly) },
    command: ['agent', 'config', 'dev', '--schedule', '0 0 L * *'],
    code: 3,
    says: ['agents/dev/agent-config.toml:1 schedule:'],
  },
  {
    title: 'a check of an environment that fails does not end with 0',
    files: { 'config.toml': anthropicModel, ...agentFiles('dev', hourly), 'environments/bad.toml': 'scale = 0\n' },
    command: ['env', 'check', 'bad'],
    code: 3,
    says: ['environments/bad.toml:1 scale: expected a whole number, at least 1, got 0'],
  },
  {
    title: 'what needs a host says how to start one',
    files: { 'config.toml': anthropicModel, ...agentFiles('dev', hourly) },
    command: ['stop'],
    code: 1,
    says: ['nothing runs for this project: start it with `al start`'],
  },
  {
    title: 'an agent that is not there lists those that are',
    files: { 'config.toml': anthropicModel, ...agentFiles('dev', hourly) },
    command: ['agent', 'config', 'deb', '--scale', '1'],
    code: 3,
    says: ['did you mean "dev"?'],
  },
  {
    title: 'an option that is not there is named, with where those that are can be seen',
    command: ['doctor', '--check-only'],
    code: 2,
    says: ["unknown option '--check-only'", 'run with --help'],
  },
])
