// One quantity along the path from A to B, at the chosen frequency.

import { type Curve, CurvePlot } from "../curves/curves";
import { element } from "../dom";
import { float32, type Model } from "../model";
import { type Asked, type Choose, picker } from "./settings";

export interface ProfileInfo {
  title?: string;
  unit?: string;
  curves?: { name: string; colour: string; dashed?: boolean }[];
}

const QUANTITIES = [
  ["impedance", "|Z| (megohm)"],
  ["ratio", "Voltage ratio"],
  ["attenuation", "Log attenuation"],
  ["phase", "Phase (degrees)"],
] as const;

export class Profile {
  readonly root: HTMLElement;
  private readonly plot = new CurvePlot({
    title: "",
    unit: "1",
    along: "Distance from A along the path (µm)",
  });
  private readonly quantity: HTMLSelectElement;

  constructor(choose: Choose) {
    this.quantity = picker("Quantity along the path", QUANTITIES, (value) => choose("profile", value));
    this.root = element(
      "section",
      { class: "rb-profile", "aria-label": "Along the path from A to B" },
      element(
        "div",
        { class: "rb-profile-head" },
        element("span", { class: "rb-trace-panel-title" }, "Along the path A to B"),
        this.quantity,
      ),
      this.plot.root,
    );
  }

  show(model: Model, asked: Asked): void {
    this.quantity.value = asked.profile;
    const { title = "", unit = "1", curves = [] } = (model.get("profile_info") ?? {}) as ProfileInfo;
    const numbers = float32(model, "profile");
    const samples = numbers.length / (curves.length + 1);
    if (!Number.isInteger(samples) || samples === 0) return;
    const row = (index: number) => numbers.subarray(index * samples, (index + 1) * samples);
    this.plot.title = title;
    this.plot.unit = unit;
    this.plot.show(
      row(0),
      curves.map((curve, index): Curve => ({ ...curve, values: row(index + 1) })),
    );
  }

  restyle(): void {
    this.plot.restyle();
  }

  dispose(): void {
    this.plot.dispose();
  }
}
