// Waits before it shows that something is under way: what ends sooner than that would only flicker.

/** What takes less than this is not shown as running, ms. */
const FLICKER = 250;

export class Patience {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly face: (running: boolean) => void) {
    face(false);
  }

  /** Shows a run that lasts, and at once that it is over. */
  show(running: boolean): void {
    if (running) this.timer ??= setTimeout(() => this.face(true), FLICKER);
    else {
      this.dispose();
      this.face(false);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
