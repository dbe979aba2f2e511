import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/**
 * Checks that arrows point down only: cli → infra, functions, docker → core. `npm run lint` runs this. Tests, and what only
 * tests use (`testing/`), are held to the same rules, except that they may use test tools; nothing else may import them.
 */
const testTools = ['vitest', 'fast-check', 'aws-lambda', 'node:*']

interface Room {
  /** The other rooms it may import from. */
  readonly rooms: readonly string[]
  /** Packages and Node modules it may import; a trailing `*` stands for anything. */
  readonly packages: readonly string[]
}

const rooms: Readonly<Record<string, Room>> = {
  // The domain is pure: it computes, and knows no file system, no network, no clock of its own. Hashing and compressing are computing.
  core: { rooms: [], packages: ['zod', 'smol-toml', 'croner', 'node:crypto', 'node:zlib'] },
  functions: { rooms: ['core'], packages: ['hono*', '@hono/*', '@aws-sdk/*', 'dockerode', 'zod', 'node:*'] },
  // infra refers to a function by its bundle; only the type of a bundle's name crosses.
  infra: {
    rooms: ['core', 'build'],
    packages: [
      'aws-cdk-lib*',
      'constructs',
      'cdk-nag',
      '@aws-cdk/toolkit-lib',
      '@aws-sdk/*',
      'dockerode',
      '@balena/dockerignore',
      '@pulumi/*',
      'google-auth-library',
      'node:*',
    ],
  },
  // The page of the dashboard, in a browser; of the gateway only types cross.
  web: { rooms: ['core', 'functions'], packages: ['preact*', 'htm*'] },
  docker: { rooms: ['core'], packages: ['@earendil-works/*', '@aws-sdk/*', 'node:*'] },
  cli: {
    rooms: ['core', 'infra', 'functions', 'docker'],
    packages: ['commander', '@clack/prompts', 'ink', 'react', '@earendil-works/*', 'dockerode', 'smol-toml', 'node:*'],
  },
}

const specifier =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:\n[^'"]*?)??\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g

/** Every import of the tree that points up or out, as `file: reason`. */
export function findViolations(read: (file: string) => string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const name = file.split('/')[0] ?? ''
    const room = rooms[name]
    if (room === undefined) return []
    const isTest = file.endsWith('.test.ts') || file.includes('/testing/')
    return [...read(file).matchAll(specifier)].flatMap((match) => {
      const target = match[1] ?? match[2] ?? match[3] ?? ''
      if (!target.startsWith('.')) {
        const allowed = [...room.packages, ...(isTest ? testTools : [])]
        const ok = allowed.some((one) => (one.endsWith('*') ? target.startsWith(one.slice(0, -1)) : target === one))
        return ok ? [] : [`${file}: ${name} may not import ${target}`]
      }
      const path = normalize(join(dirname(file), target))
      const to = path.split('/')[0] ?? ''
      if (path.includes('/testing/') && !isTest) return [`${file}: only tests may import ${path}`]
      return to === name || room.rooms.includes(to) ? [] : [`${file}: ${name} may not import from ${to}`]
    })
  })
}

if (import.meta.main) {
  const files = Object.keys(rooms).flatMap((name) => globSync(`${name}/**/*.ts`))
  const violations = findViolations(
    (file) => readFileSync(file, 'utf8'),
    files.map((file) => file.replaceAll('\\', '/')),
  )
  for (const violation of violations) console.error(violation)
  console.log(`layers: ${files.length} files, ${violations.length} imports that point up or out`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
