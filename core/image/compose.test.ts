import { expect, test } from 'vitest'
import { composeDockerfile, foreignBase } from './compose.ts'

const base = 'FROM node:24-alpine AS al-agent\nUSER 1000:1000\n'

test('without Dockerfiles of its own an agent runs in the base image', () => {
  expect(composeDockerfile({ base })).toBe(base)
})

test('an agent stands on the project, the project on the base', () => {
  const text = composeDockerfile({
    base,
    project: 'FROM al-agent\nRUN one\n',
    agent: 'FROM al-agent:latest\nRUN two\n',
  })
  expect(text.split('\n').filter((line) => /^(FROM|RUN|USER)/.test(line))).toEqual([
    'FROM node:24-alpine AS al-agent',
    'USER 1000:1000',
    'FROM al-agent AS al-project-base',
    'RUN one',
    'FROM al-project-base',
    'RUN two',
    'USER 1000:1000',
  ])
})

test('in a file of several stages only the ones on al-agent are rewritten, and numbered stages keep their meaning', () => {
  const agent = [
    'FROM golang:1 AS build',
    'RUN make',
    'FROM al-agent:0.13',
    'COPY --from=0 /x /x',
    'COPY --from=build /y /y',
  ]
  const text = composeDockerfile({ base, agent: agent.join('\n') })
  expect(text).toContain('FROM golang:1 AS build')
  expect(text).toContain('FROM al-agent\nCOPY --from=1 /x /x\nCOPY --from=build /y /y')
})

test('a file on an image of its own keeps it', () => {
  expect(composeDockerfile({ base, agent: 'FROM debian:12\nRUN x' })).toContain('FROM debian:12\nRUN x')
})

test('what must stand before every FROM is moved there', () => {
  const text = composeDockerfile({ base, agent: 'ARG TAG=1\nFROM al-agent\nRUN x' })
  expect(text.startsWith('ARG TAG=1\n')).toBe(true)
})

test('a script that says FROM is no stage', () => {
  const project = ['FROM al-agent', 'RUN cat <<EOF', 'SELECT *', 'FROM users', 'EOF', 'RUN echo \\', 'FROM here'].join(
    '\n',
  )
  const text = composeDockerfile({ base, project })
  expect(text).toContain('FROM al-agent AS al-project-base')
  expect(text).toContain('SELECT *\nFROM users\nEOF\nRUN echo \\\nFROM here')
})

test('the project image may be named as such', () => {
  expect(
    composeDockerfile({ base, project: 'FROM al-agent\nRUN x', agent: 'FROM al-project-base:latest\nRUN y' }),
  ).toContain('FROM al-project-base\nRUN y')
})

test('an image that does not bring what runs the agent is told', () => {
  expect(foreignBase('FROM al-agent\nRUN x')).toBeUndefined()
  expect(foreignBase('FROM golang AS build\nFROM al-agent:1\nCOPY --from=build /x /x')).toBeUndefined()
  expect(foreignBase('FROM al-agent AS mine\nFROM mine')).toBeUndefined()
  expect(foreignBase('FROM python:3.12-slim\nRUN x')).toBe('python:3.12-slim')
  expect(foreignBase('FROM al-agent AS unused\nFROM debian:12 AS base\nFROM base')).toBe('debian:12')
})
