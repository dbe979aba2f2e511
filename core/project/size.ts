const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1 / 1024,
  m: 1,
  g: 1024,
}

/**
 * A size in MiB, rounded up, or nothing if the value is not a size. Accepted are the dialects of Docker (`4g`, `512m`),
 * Kubernetes (`4Gi`, `512Mi`) and ECS (a bare number: MiB). Units are binary in all of them, as Docker reads them.
 */
export function parseSize(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? Math.ceil(value) : undefined
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)i?b?$/i.exec(value.trim())
  const unit = units[match?.[2]?.toLowerCase() ?? '?']
  if (match === null || unit === undefined) return undefined
  const size = Math.ceil(Number(match[1]) * unit)
  return size > 0 && Number.isSafeInteger(size) ? size : undefined
}
