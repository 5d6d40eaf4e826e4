// Questions to Python and their answers. A value that is being dragged has one message under way at most,
// and the newest value goes next: nothing queues.

import type { Model } from "./model";

export interface Reply {
  error?: string;
  [key: string]: unknown;
}

const NO_ANSWER = "The kernel does not answer.";

/** What is wrong with an answer, in words; nothing when all went well. */
export function refusalOf(reply: Reply | null): string {
  return reply ? (reply.error ?? "") : NO_ANSWER;
}

/** How long a question may stay unanswered before the next value is sent all the same, ms. */
const PATIENCE = 3_000;

interface Waiting {
  action: string;
  payload: Record<string, unknown>;
  moment: number;
  resolve: (reply: Reply | null) => void;
}

interface Flight {
  resolve: (reply: Reply | null) => void;
  timer: ReturnType<typeof setTimeout>;
}

const moments = new Map<string, number>();

/** When the person acted (performance.now(), ms) in the message stamped `stamp`, if it came from this page. */
export function momentOf(stamp: string): number | undefined {
  return moments.get(stamp);
}

function remember(stamp: string, moment: number): void {
  moments.set(stamp, moment);
  if (moments.size > 256) {
    const oldest = moments.keys().next();
    if (!oldest.done) moments.delete(oldest.value);
  }
}

export class Link {
  private readonly view = Math.random().toString(36).slice(2, 10);
  private seq = 0;
  private readonly flights = new Map<string, Flight>();
  private readonly busy = new Set<string>();
  private readonly waiting = new Map<string, Waiting>();
  private disposed = false;

  /** `silent` hears true when a question went unanswered and false when Python answers again. */
  constructor(
    private readonly model: Model,
    private readonly silent: (silence: boolean) => void = () => {},
  ) {
    model.on("msg:custom", this.receive);
  }

  /** Asks Python to do `action`; resolves with its reply, or with null when none came in time. */
  ask(
    action: string,
    payload: Record<string, unknown> = {},
    moment = performance.now(),
    patience = PATIENCE,
  ): Promise<Reply | null> {
    return new Promise((resolve) => this.post(action, payload, moment, resolve, patience));
  }

  /**
   * Asks as `ask` does, one question a `key` at a time: while one is under way only the newest is kept,
   * and those it replaced resolve with null.
   */
  stream(
    key: string,
    action: string,
    payload: Record<string, unknown>,
    moment = performance.now(),
  ): Promise<Reply | null> {
    return new Promise((resolve) => {
      if (!this.busy.has(key)) {
        this.dispatch(key, { action, payload, moment, resolve });
        return;
      }
      this.waiting.get(key)?.resolve(null);
      this.waiting.set(key, { action, payload, moment, resolve });
    });
  }

  dispose(): void {
    this.disposed = true;
    this.model.off("msg:custom", this.receive);
    for (const flight of this.flights.values()) {
      clearTimeout(flight.timer);
      flight.resolve(null);
    }
    this.flights.clear();
    this.waiting.clear();
  }

  private dispatch(key: string, { action, payload, moment, resolve }: Waiting): void {
    this.busy.add(key);
    this.post(action, payload, moment, (reply) => {
      this.busy.delete(key);
      const next = this.waiting.get(key);
      this.waiting.delete(key);
      if (next && !this.disposed) this.dispatch(key, next);
      resolve(reply);
    });
  }

  private post(
    action: string,
    payload: Record<string, unknown>,
    moment: number,
    resolve: (reply: Reply | null) => void,
    patience = PATIENCE,
  ): void {
    if (this.disposed) {
      resolve(null);
      return;
    }
    const stamp = `${this.view}:${++this.seq}`;
    remember(stamp, moment);
    const timer = setTimeout(() => {
      this.flights.delete(stamp);
      this.silent(true);
      resolve(null);
    }, patience);
    this.flights.set(stamp, { resolve, timer });
    this.model.send({ action, stamp, ...payload });
  }

  private readonly receive = (message: unknown): void => {
    const reply = message as { reply?: string } & Reply;
    const flight = typeof reply?.reply === "string" ? this.flights.get(reply.reply) : undefined;
    if (!flight) return;
    this.flights.delete(reply.reply as string);
    clearTimeout(flight.timer);
    this.silent(false);
    flight.resolve(reply);
  };
}
