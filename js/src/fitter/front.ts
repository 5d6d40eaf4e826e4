// Two parts of the error against each other: every trial, and those that no other betters in both.

import { Choice } from "../controls/choice";
import { formatNumber } from "../controls/number";
import { button, element } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";
import type { Model } from "../model";
import { decades, logRange, type Range } from "../traces/range";
import { MODEL } from "./match_plot";
import { type Frame, Sketch } from "./sketch";

interface Found {
  all: [number, number][];
  front: [number, number][];
  trials: number[];
}

const EDGE = { left: 60, right: 16, top: 12, bottom: 36 };
const NEAR = 14;

export class FrontPlot {
  readonly root: HTMLElement;
  private readonly sketch: Sketch;
  private readonly choices: Record<"x" | "y", Choice>;
  private readonly message = element("p", { class: "rb-quiet", role: "status" });
  private readonly members = element("select", { class: "rb-select", "aria-label": "Members of the front" });
  private readonly asked = { x: "", y: "" };
  private found: Found = { all: [], front: [], trials: [] };

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    tell: (reply: Reply | null) => void,
  ) {
    this.sketch = new Sketch("Front of two parts of the error", (frame) => this.paint(frame), "rb-front");
    const choice = (key: "x" | "y", label: string) =>
      new Choice(label, (value) => {
        this.asked[key] = value;
        void this.refresh();
      });
    this.choices = { x: choice("x", "Across"), y: choice("y", "Up") };
    this.sketch.onClick(async (x, y) => {
      const { clientWidth: width, clientHeight: height } = this.sketch.root;
      const scale = this.scale(width, height);
      const near = this.found.front
        .map(([a, b], k) => ({ k, away: Math.hypot(scale.x(a) - x, scale.y(b) - y) }))
        .sort((one, other) => one.away - other.away)[0];
      if (near && near.away <= NEAR)
        tell(await link.ask("trial.take", { trial: this.found.trials[near.k], of_last: true }));
    });
    const take = button("Take", "Take the values of this member of the front", async () => {
      const trial = Number(this.members.value);
      tell(await link.ask("trial.take", { trial, of_last: true }));
    });
    this.root = element(
      "div",
      { class: "rb-front-panel" },
      element(
        "div",
        { class: "rb-strip" },
        this.choices.x.root,
        this.choices.y.root,
        element("span", { class: "rb-group" }, this.members, take),
        this.message,
      ),
      this.sketch.root,
    );
  }

  async refresh(): Promise<void> {
    const parts = this.model.get("parts") as string[];
    for (const [k, key] of (["x", "y"] as const).entries()) {
      if (!parts.includes(this.asked[key])) this.asked[key] = parts[k] ?? "";
      this.choices[key].show(
        parts.map((value) => ({ value, title: value })),
        this.asked[key],
      );
    }
    if (parts.length < 2) {
      this.message.textContent =
        parts.length === 0 ? "No trials yet: press Run" : "A front needs two matches; this fit has one.";
      return;
    }
    const reply = await this.link.stream("front", "front", { ...this.asked });
    if (!reply) return;
    const refusal = refusalOf(reply);
    this.message.textContent = refusal || "A click on a dot of the front takes its values.";
    if (!refusal) {
      this.found = reply as unknown as Found;
      const chosen = this.members.value;
      this.members.replaceChildren(
        ...this.found.trials.slice(0, 200).map((trial, k) => {
          const [a, b] = this.found.front[k]!.map((error) => formatNumber(Number(error.toPrecision(3))));
          return element("option", { value: trial }, `trial ${trial}: ${a}, ${b}`);
        }),
      );
      if (this.found.trials.includes(Number(chosen)) && chosen !== "") this.members.value = chosen;
    }
    this.sketch.draw();
  }

  draw(): void {
    this.sketch.draw();
  }

  dispose(): void {
    this.sketch.dispose();
  }

  private scale(width: number, height: number) {
    const range = (k: 0 | 1): Range => {
      const values = this.found.all.map((each) => each[k]).filter((value) => value > 0);
      return logRange(values.length > 0 ? [Math.min(...values), Math.max(...values)] : null);
    };
    const [across, up] = [range(0), range(1)];
    const part = ([low, high]: Range, value: number) =>
      Math.log(Math.max(value, low) / low) / Math.log(high / low);
    return {
      across,
      up,
      x: (value: number) => EDGE.left + part(across, value) * (width - EDGE.left - EDGE.right),
      y: (value: number) => EDGE.top + (1 - part(up, value)) * (height - EDGE.top - EDGE.bottom),
    };
  }

  private paint({ ctx, width, height, quiet, line }: Frame): void {
    if (this.found.all.length === 0) return;
    const { across, up, x, y } = this.scale(width, height);
    ctx.strokeStyle = line;
    ctx.fillStyle = quiet;
    for (const split of decades(up, 5)) {
      ctx.textAlign = "right";
      ctx.fillText(formatNumber(split), EDGE.left - 6, y(split) + 4);
      ctx.beginPath();
      ctx.moveTo(EDGE.left, y(split));
      ctx.lineTo(width - EDGE.right, y(split));
      ctx.stroke();
    }
    for (const split of decades(across, 6)) {
      ctx.textAlign = "center";
      ctx.fillText(formatNumber(split), x(split), height - 22);
      ctx.beginPath();
      ctx.moveTo(x(split), EDGE.top);
      ctx.lineTo(x(split), height - EDGE.bottom);
      ctx.stroke();
    }
    ctx.textAlign = "center";
    ctx.fillText(`Error of ${this.asked.x}`, width / 2, height - 6);
    ctx.globalAlpha = 0.35;
    for (const [a, b] of this.found.all) {
      ctx.beginPath();
      ctx.arc(x(a), y(b), 1.6, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = MODEL;
    for (const [a, b] of this.found.front) {
      ctx.beginPath();
      ctx.arc(x(a), y(b), 3.5, 0, 2 * Math.PI);
      ctx.fill();
    }
  }
}
