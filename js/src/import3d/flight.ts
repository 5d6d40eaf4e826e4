// The camera on its way to another place: smooth, or at once for who asked for less motion.

import type { Turntable } from "../viewer/camera";
import type { Vec3 } from "../viewer/tree";

export interface Goal {
  target?: Vec3;
  /** CSS pixels per um. */
  scale?: number;
  azimuth?: number;
}

const DURATION = 450;

export class Flight {
  private frame = 0;

  constructor(
    private readonly view: Turntable,
    private readonly moved: () => void,
    /** Hears whether the camera is on its way. */
    private readonly flying: (on: boolean) => void = () => {},
  ) {}

  to(goal: Goal): void {
    this.stop();
    const { view } = this;
    const from = { target: view.target, scale: view.scale, azimuth: view.azimuth };
    const end = { ...from, ...goal };
    const place = (t: number) => {
      const mix = (a: number, b: number) => a + t * (b - a);
      view.target = from.target.map((c, i) => mix(c, end.target[i]!)) as unknown as Vec3;
      // Zooming is even in the logarithm.
      view.scale = from.scale * (end.scale / from.scale) ** t;
      view.azimuth = mix(from.azimuth, end.azimuth);
      this.moved();
    };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      place(1);
      return;
    }
    const began = performance.now();
    const step = () => {
      const t = Math.min(1, (performance.now() - began) / DURATION);
      place(t * t * (3 - 2 * t));
      if (t < 1) this.frame = requestAnimationFrame(step);
      else this.stop();
    };
    this.flying(true);
    this.frame = requestAnimationFrame(step);
  }

  /** Leaves the camera where it is. */
  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.flying(false);
  }
}
