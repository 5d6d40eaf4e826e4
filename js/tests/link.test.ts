import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Link, momentOf } from "../src/link";

/** A model that keeps what was sent and answers when told to. */
function fakeModel() {
  const sent: { action: string; stamp: string; value?: number }[] = [];
  let receive: ((message: unknown) => void) | undefined;
  return {
    sent,
    answer: (stamp: string, reply: object = {}) => receive?.({ ...reply, reply: stamp }),
    model: {
      get: () => undefined,
      set: () => {},
      on: (_: string, callback: (message: unknown) => void) => {
        receive = callback;
      },
      off: () => {
        receive = undefined;
      },
      save_changes: () => {},
      send: (content: unknown) => {
        sent.push(content as (typeof sent)[number]);
      },
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Link", () => {
  it("resolves with the reply of the same stamp", async () => {
    const { model, sent, answer } = fakeModel();
    const link = new Link(model);
    const first = link.ask("a");
    const second = link.ask("b");
    answer(sent[1]!.stamp, { error: "no" });
    answer(sent[0]!.stamp);
    expect((await first)?.error).toBeUndefined();
    expect((await second)?.error).toBe("no");
  });

  it("has one value of a drag under way and sends only the newest after it", async () => {
    const { model, sent, answer } = fakeModel();
    const link = new Link(model);
    const replies = [1, 2, 3, 4].map((value) => link.stream("amp", "set", { value }));
    expect(sent.map((message) => message.value)).toEqual([1]);
    answer(sent[0]!.stamp);
    await replies[0];
    expect(sent.map((message) => message.value)).toEqual([1, 4]);
    expect(await replies[1]).toBeNull();
    expect(await replies[2]).toBeNull();
    answer(sent[1]!.stamp);
    expect(await replies[3]).not.toBeNull();
  });

  it("lets values of different fields go side by side", () => {
    const { model, sent } = fakeModel();
    const link = new Link(model);
    void link.stream("amp", "set", { value: 1 });
    void link.stream("dur", "set", { value: 2 });
    expect(sent.length).toBe(2);
  });

  it("says when Python is silent and when it answers again, and goes on with the newest value", async () => {
    const { model, sent, answer } = fakeModel();
    const heard: boolean[] = [];
    const link = new Link(model, (silence) => heard.push(silence));
    const lost = link.stream("amp", "set", { value: 1 });
    void link.stream("amp", "set", { value: 2 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await lost).toBeNull();
    expect(sent.map((message) => message.value)).toEqual([1, 2]);
    answer(sent[1]!.stamp);
    expect(heard).toEqual([true, false]);
  });

  it("remembers when the person acted", () => {
    const { model, sent } = fakeModel();
    void new Link(model).ask("a", {}, 123.5);
    expect(momentOf(sent[0]!.stamp)).toBe(123.5);
    expect(momentOf("unknown:1")).toBeUndefined();
  });

  it("is silent after its end", async () => {
    const { model, sent } = fakeModel();
    const link = new Link(model);
    const open = link.ask("a");
    link.dispose();
    expect(await open).toBeNull();
    expect(await link.ask("b")).toBeNull();
    expect(sent.length).toBe(1);
  });
});
