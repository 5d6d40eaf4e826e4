// Text files sent to Python in parts: one long message would drop the connection.

import { type Link, type Reply, refusalOf } from "../link";

/** Of one file of a mechanism; Python refuses more as well. */
export const MOST_BYTES = 2_000_000;

/** Characters in one message. */
const PART = 200_000;

/** Bytes that become characters in one call. */
const BLOCK = 8_192;

/** Reading a file and making something of it may take longer than an ordinary answer, ms. */
const PATIENCE = 60_000;

export function partsOf(text: string, size = PART): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; start += size) parts.push(text.slice(start, start + size));
  return parts.length > 0 ? parts : [""];
}

/** The text of a file's bytes: UTF-8 or UTF-16, else Latin-1, in which old comments were written. */
export function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** How large a file may be, what it should be, and what to do with a larger one, in words. */
export interface Limit {
  most: number;
  what: string;
  instead?: string;
}

/** Sends one file by `action` {file, text, part, parts}; the reply to its last part, or what is wrong in words. */
export async function sendFile(
  link: Link,
  action: string,
  file: File,
  limit: Limit = { most: MOST_BYTES, what: "mechanism" },
): Promise<Reply> {
  const refused = tooLarge(file, limit);
  if (refused) return refused;
  return sendParts(link, action, file.name, decoded(await file.arrayBuffer()));
}

function tooLarge(file: File, { most, what, instead }: Limit): Reply | null {
  if (file.size <= most) return null;
  const remedy = instead ? `; ${instead}` : "";
  return {
    error: `${file.name} has ${Math.ceil(file.size / 1e6)} MB: a ${what} file has at most ${most / 1e6} MB${remedy}`,
  };
}

async function sendParts(link: Link, action: string, file: string, content: string): Promise<Reply> {
  const parts = partsOf(content);
  let reply: Reply | null = null;
  for (const [part, text] of parts.entries()) {
    reply = await link.ask(action, { file, text, part, parts: parts.length }, performance.now(), PATIENCE);
    if (!reply || reply.error) return { error: refusalOf(reply) };
  }
  return reply ?? {};
}

/** Sends a file of any bytes as `sendFile` does a text, in base64. */
export async function sendBytes(link: Link, action: string, file: File, limit: Limit): Promise<Reply> {
  const refused = tooLarge(file, limit);
  if (refused) return refused;
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += BLOCK)
    text += String.fromCharCode(...bytes.subarray(start, start + BLOCK));
  return sendParts(link, action, file.name, btoa(text));
}

/** The bytes of a text in base64, as Python sends a file. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Lets files be dropped on `target`; it has the class `rb-dropping` while they hover. Returns the way to stop. */
export function takeDrops(target: HTMLElement, take: (files: File[]) => void): () => void {
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const over = (event: DragEvent) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    target.classList.add("rb-dropping");
  };
  const leave = (event: DragEvent) => {
    if (!target.contains(event.relatedTarget as Node | null)) target.classList.remove("rb-dropping");
  };
  const drop = (event: DragEvent) => {
    target.classList.remove("rb-dropping");
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    take([...(event.dataTransfer?.files ?? [])]);
  };
  target.addEventListener("dragover", over);
  target.addEventListener("dragleave", leave);
  target.addEventListener("drop", drop);
  return () => {
    target.removeEventListener("dragover", over);
    target.removeEventListener("dragleave", leave);
    target.removeEventListener("drop", drop);
  };
}
