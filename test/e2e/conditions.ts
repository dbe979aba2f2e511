/** Lets many wait for conditions of one state; whoever changes it says so. */
export class Conditions {
  private waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = []

  /** Resolves as soon as the condition holds. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => this.waiting.push({ holds, resolve }))
  }

  changed(): void {
    const ready = this.waiting.filter(({ holds }) => holds())
    this.waiting = this.waiting.filter((one) => !ready.includes(one))
    for (const { resolve } of ready) resolve()
  }
}
