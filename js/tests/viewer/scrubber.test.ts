// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { createStore, type Store } from "../../src/store";
import { mountScrubber, type Scrubber } from "../../src/viewer/scrubber";
import { type FakeModel, fakeModel, wire } from "../model";

let model: FakeModel;
let store: Store;
let scrubber: Scrubber;
const part = <E extends HTMLElement>(name: string) =>
  document.querySelector(`.rb-scrubber${name}`) as unknown as E;

beforeEach(() => {
  document.body.replaceChildren();
  model = fakeModel({ frame_times: wire(new Float32Array([0, 2, 4, 8])), time: null });
  store = createStore();
  scrubber = mountScrubber(document.body, model, store);
});

describe("the scrubber", () => {
  it("spans the movie and hides without one", () => {
    const slider = part<HTMLInputElement>("-slider");
    expect([slider.min, slider.max]).toEqual(["0", "8"]);
    model.set("frame_times", wire(new Float32Array(0)));
    expect(part("").hidden).toBe(true);
  });

  it("moves time as it is dragged and tells the kernel once, at the end", () => {
    const slider = part<HTMLInputElement>("-slider");
    for (const value of ["1", "3", "5"]) {
      slider.value = value;
      slider.dispatchEvent(new Event("input"));
    }
    expect(store.get("timeCursor")).toBe(5);
    expect(model.saved).toEqual([]);
    slider.dispatchEvent(new Event("change"));
    expect(model.saved).toEqual([{ time: 5 }]);
  });

  it("steps by whole frames and stops at the ends", () => {
    scrubber.step(1);
    expect(store.get("timeCursor")).toBe(2);
    scrubber.step(9);
    expect(store.get("timeCursor")).toBe(8);
    scrubber.step(-1);
    expect(store.get("timeCursor")).toBe(4);
  });

  it("plays, and begins anew when it stands at the end", () => {
    store.set("timeCursor", 8);
    part<HTMLButtonElement>("-play").click();
    expect(store.get("playing")).toBe(true);
    expect(store.get("timeCursor")).toBe(0);
    scrubber.toggle();
    expect(store.get("playing")).toBe(false);
    expect(model.saved.at(-1)).toEqual({ time: 0 });
  });

  it("follows the kernel", () => {
    model.set("time", 3);
    expect(store.get("timeCursor")).toBe(3);
    expect(part("-clock").textContent).toBe("3.00 ms");
  });

  it("leaves nothing behind", () => {
    scrubber.close();
    expect(part("")).toBeNull();
    model.set("time", 5);
    expect(store.get("timeCursor")).toBeNull();
  });
});
