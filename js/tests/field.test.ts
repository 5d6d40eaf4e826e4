// @vitest-environment happy-dom
import { describe, expect, it, vi } from "vitest";
import { Field, type Quantity } from "../src/controls/field";

const amp: Quantity = {
  key: "IClamp[0].amp",
  label: "amp",
  unit: "nA",
  value: 0.3,
  default: 0.3,
  low: -0.5,
  high: 1,
  step: 0.01,
};

function build(quantity = amp) {
  const events = { change: vi.fn(), reset: vi.fn() };
  const field = new Field(quantity, events);
  document.body.append(field.root);
  const [slider, box] = [...field.root.querySelectorAll("input")] as [HTMLInputElement, HTMLInputElement];
  const reset = field.root.querySelector<HTMLButtonElement>(".rb-reset")!;
  const slide = (value: number) => {
    slider.value = String(value);
    slider.dispatchEvent(new Event("input"));
  };
  return { field, events, slider, box, reset, slide };
}

function type(box: HTMLInputElement, text: string): void {
  box.value = text;
  box.dispatchEvent(new Event("input"));
}

describe("Field", () => {
  it("shows value and unit, and no reset while unchanged", () => {
    const { box, reset, field } = build();
    expect(box.value).toBe("0.30");
    expect(field.root.textContent).toContain("nA");
    expect(reset.hidden).toBe(true);
  });

  it("gives every value of one drag the same gesture, and the next drag another", () => {
    const { slider, slide, events, box } = build();
    slider.dispatchEvent(new Event("pointerdown"));
    slide(0.4);
    slide(0.5);
    slider.dispatchEvent(new Event("pointerup"));
    slider.dispatchEvent(new Event("pointerdown"));
    slide(0.6);
    const gestures = events.change.mock.calls.map((call) => call[1]);
    expect(gestures[0]).toBe(gestures[1]);
    expect(gestures[2]).not.toBe(gestures[1]);
    expect(events.change.mock.calls.map((call) => call[0])).toEqual([0.4, 0.5, 0.6]);
    expect(box.value).toBe("0.60");
  });

  it("is not overwritten while held, nor by an echo older than what was sent", () => {
    const { field, slider, slide } = build();
    slider.dispatchEvent(new Event("pointerdown"));
    slide(0.7);
    field.update({ ...amp, value: 0.4 });
    expect(slider.value).toBe("0.7");
    slider.dispatchEvent(new Event("pointerup"));
    field.update({ ...amp, value: 0.5 }, true);
    expect(slider.value).toBe("0.7");
    field.update({ ...amp, value: 0.7 });
    expect(slider.value).toBe("0.7");
  });

  it("sends what was typed: a number, or text with a unit", () => {
    const { box, events } = build();
    for (const text of ["0.25", "300 pA"]) {
      type(box, text);
      box.dispatchEvent(new Event("change"));
    }
    expect(events.change.mock.calls.map((call) => call[0])).toEqual([0.25, "300 pA"]);
  });

  it("sends what was typed once, though Enter and leaving both say that it is done", () => {
    const { box, events } = build();
    type(box, "0.25");
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    box.dispatchEvent(new Event("change"));
    expect(events.change).toHaveBeenCalledOnce();
  });

  it("keeps what is being typed, and what was refused, until the value itself changes", () => {
    const { field, box } = build();
    type(box, "fas");
    field.update({ ...amp, value: 0.4 });
    expect(box.value).toBe("fas");
    box.dispatchEvent(new Event("change"));
    field.fail("amp = 'fas'");
    field.update({ ...amp, value: 0.4 });
    expect(box.value).toBe("fas");
    field.update({ ...amp, value: 0.5 });
    expect(box.value).toBe("0.50");
    expect(field.root.querySelector(".rb-error")!.textContent).toBe("");
  });

  it("writes an error beneath itself as text, and takes it away", () => {
    const { field, box } = build();
    field.fail("<b>amp</b> must be a number");
    const message = field.root.querySelector(".rb-error")!;
    expect(message.textContent).toBe("<b>amp</b> must be a number");
    expect(message.children.length).toBe(0);
    expect(box.getAttribute("aria-invalid")).toBe("true");
    field.fail("");
    expect(message.textContent).toBe("");
  });

  it("marks a changed value and resets it by one click", () => {
    const { field, reset, events } = build();
    field.update({ ...amp, value: 0.5 });
    expect(field.root.classList.contains("rb-changed")).toBe(true);
    expect(reset.hidden).toBe(false);
    reset.click();
    expect(events.reset).toHaveBeenCalledOnce();
  });

  it("stretches its slider to hold a value beyond the usual", () => {
    const { slider } = build({ ...amp, value: 7 });
    expect(Number(slider.max)).toBe(7);
  });
});
