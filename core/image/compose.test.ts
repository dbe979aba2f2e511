import { expect, test } from 'vitest'
import { composeDockerfile } from './compose.ts'

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
