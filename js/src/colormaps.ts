/**
 * The colours of numbers and of kinds: viridis (Smith and van der Walt, 2015) and cividis (Nunez, Anderton and
 * Renslow, 2018), both even in lightness and safe for the colour-blind, and Okabe and Ito's qualitative set (2008).
 */
import type { Theme } from "./store";

export type Rgb = readonly [number, number, number];

export type MapName = "viridis" | "cividis";

const VIRIDIS =
  "44015444025544035745055845065a45085b46095c460b5e460c5f460e61470f62471163471265471466471567471669" +
  "47186a48196b481a6c481c6e481d6f481e70482071482172482273482374472575472676472777472878472a79472b7a" +
  "472c7b462d7c462f7c46307d46317e45327f45347f453580453681443781443982433a83433b83433c84423d84423e85" +
  "4240854141864142864043874044873f45873f47883e48883e49893d4a893d4b893d4c893c4d8a3c4e8a3b508a3b518a" +
  "3a528b3a538b39548b39558b38568b38578c37588c37598c365a8c365b8c355c8c355d8c345e8d345f8d33608d33618d" +
  "32628d32638d31648d31658d31668d30678d30688d2f698d2f6a8d2e6b8e2e6c8e2e6d8e2d6e8e2d6f8e2c708e2c718e" +
  "2c728e2b738e2b748e2a758e2a768e2a778e29788e29798e287a8e287a8e287b8e277c8e277d8e277e8e267f8e26808e" +
  "26818e25828e25838d24848d24858d24868d23878d23888d23898d22898d228a8d228b8d218c8d218d8c218e8c208f8c" +
  "20908c20918c1f928c1f938b1f948b1f958b1f968b1e978a1e988a1e998a1e998a1e9a891e9b891e9c891e9d881e9e88" +
  "1e9f881ea0871fa1871fa2861fa38620a48520a58521a68521a78422a78423a88323a98224aa8225ab8126ac8127ad80" +
  "28ae7f29af7f2ab07e2bb17d2cb17d2eb27c2fb37b30b47a32b57a33b67935b77836b87738b97639b9763bba753dbb74" +
  "3ebc7340bd7242be7144be7045bf6f47c06e49c16d4bc26c4dc26b4fc36951c46853c56755c66657c66559c7645bc862" +
  "5ec96160c96062ca5f64cb5d67cc5c69cc5b6bcd596dce5870ce5672cf5574d05477d05279d1517cd24f7ed24e81d34c" +
  "83d34b86d44988d5478bd5468dd64490d64392d74195d73f97d83e9ad83c9dd93a9fd938a2da37a5da35a7db33aadb32" +
  "addc30afdc2eb2dd2cb5dd2bb7dd29bade27bdde26bfdf24c2df22c5df21c7e01fcae01ecde01dcfe11cd2e11bd4e11a" +
  "d7e219dae218dce218dfe318e1e318e4e318e7e419e9e419ece41aeee51bf1e51cf3e51ef6e61ff8e621fae622fde724";

const CIVIDIS =
  "00204c00204e00215000225100235300235500245600255800265a00265b00275d00285f002861002963002a64002a66" +
  "002b68002c6a002d6c002d6d002e6e002e6f002f6f002f6f00306f00316f00316f00326e00336e00346e00346e01356e" +
  "06366e0a376d0e376d12386d15396d17396d1a3a6c1c3b6c1e3c6c203c6c223d6c243e6c263e6c273f6c29406b2b416b" +
  "2c416b2e426b2f436b31446b32446b33456b35466b36466b37476b38486b3a496b3b496b3c4a6b3d4b6b3e4b6b404c6b" +
  "414d6b424e6b434e6b444f6b45506b46506b47516b48526b49536b4a536b4b546b4c556b4d556b4e566b4f576c50586c" +
  "51586c52596c535a6c545a6c555b6c565c6c575d6d585d6d595e6d5a5f6d5b5f6d5c606d5d616e5e626e5f626e5f636e" +
  "60646e61656f62656f63666f64676f65676f666870676970686a70686a70696b716a6c716b6d716c6d726d6e726e6f72" +
  "6f6f726f70737071737172737272747373747474757575757575757676767777767878767978777a79777b7a777b7b78" +
  "7c7b787d7c787e7d787f7e78807e78817f788280788381788481788582788683788784788885788985788a86788b8778" +
  "8c88788d88788e89788f8a78908b78918c78928c78938d78948e78958f78968f779790779891779992779a93779b9377" +
  "9c94779d95779e96769f9776a09876a19876a29976a39a75a49b75a59c75a69c75a79d75a89e74a99f74aaa074aba174" +
  "aca173ada273aea373afa473b0a572b1a672b2a672b4a771b5a871b6a971b7aa70b8ab70b9ab70baac6fbbad6fbcae6e" +
  "bdaf6ebeb06ebfb16dc0b16dc1b26cc2b36cc3b46cc5b56bc6b66bc7b76ac8b86ac9b869cab969cbba68ccbb68cdbc67" +
  "cebd67d0be66d1bf66d2c065d3c065d4c164d5c263d6c363d7c462d8c561d9c661dbc760dcc860ddc95fdeca5edfcb5d" +
  "e0cb5de1cc5ce3cd5be4ce5be5cf5ae6d059e7d158e8d257e9d356ebd456ecd555edd654eed753efd852f0d951f1da50" +
  "f3db4ff4dc4ef5dd4df6de4cf7df4bf9e049fae048fbe147fce246fde345ffe443ffe542ffe642ffe743ffe844ffe945";

const TABLES: Record<MapName, string> = { viridis: VIRIDIS, cividis: CIVIDIS };

/** The colour of `fraction` (0 to 1, clamped) of a map, each channel 0 to 255. */
export function colourAt(map: MapName, fraction: number): Rgb {
  const clamped = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  const at = Math.round(clamped * 255) * 6;
  return hexToRgb(TABLES[map].slice(at, at + 6));
}

/** `"e69f00"` or `"#e69f00"` as three numbers from 0 to 255. */
export function hexToRgb(hex: string): Rgb {
  const value = Number.parseInt(hex.replace("#", ""), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** The colour that a computed style names as `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.5)`. */
export function cssToRgb(text: string): Rgb {
  const [r = 255, g = 255, b = 255] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r}, ${g}, ${b})`;
}

/** Okabe and Ito's colours, without black. */
export const OKABE_ITO = {
  orange: "#e69f00",
  sky: "#56b4e9",
  green: "#009e73",
  yellow: "#f0e442",
  blue: "#0072b2",
  vermillion: "#d55e00",
  purple: "#cc79a7",
} as const;

const REGION_COLOURS: Record<string, string> = {
  soma: OKABE_ITO.orange,
  axon: OKABE_ITO.purple,
  dend: OKABE_ITO.blue,
  apic: OKABE_ITO.green,
};

const FURTHER_COLOURS = [OKABE_ITO.vermillion, OKABE_ITO.yellow, "#8c8c8c"] as const;

/** One colour a region: fixed for the four that every morphology has, then in turn. Blue is too dark for black. */
export function regionColours(regions: readonly string[], theme: Theme): Map<string, Rgb> {
  const colours = new Map<string, Rgb>();
  let next = 0;
  for (const region of regions) {
    if (colours.has(region)) continue;
    const fixed = region === "dend" && theme === "dark" ? OKABE_ITO.sky : REGION_COLOURS[region];
    const hex = fixed ?? FURTHER_COLOURS[next++ % FURTHER_COLOURS.length] ?? "#8c8c8c";
    colours.set(region, hexToRgb(hex));
  }
  return colours;
}

/** The byte that stands for "no value here". Bytes 1 to 255 run from the low to the high end of a range. */
export const NO_VALUE = 0;

/** A number as a byte of `range`, clamped; `NO_VALUE` where it is not a number. */
export function toByte(value: number, [low, high]: readonly [number, number]): number {
  if (!Number.isFinite(value)) return NO_VALUE;
  const fraction = high > low ? (value - low) / (high - low) : 0.5;
  return 1 + Math.round(254 * Math.min(1, Math.max(0, fraction)));
}

/** The number that a byte of `range` stands for; NaN for `NO_VALUE`. */
export function fromByte(byte: number, [low, high]: readonly [number, number]): number {
  return byte === NO_VALUE ? Number.NaN : low + ((byte - 1) / 254) * (high - low);
}

/**
 * The 256 x RGBA table that the shader looks bytes up in: bytes are of the range `stored`, colours of the range
 * `shown`, so that rescaling the colours never touches the data.
 */
export function lookupTable(
  map: MapName,
  stored: readonly [number, number],
  shown: readonly [number, number],
  missing: Rgb,
): Uint8Array {
  const table = new Uint8Array(256 * 4);
  for (let byte = 0; byte < 256; byte++) {
    const width = shown[1] - shown[0];
    const fraction = width > 0 ? (fromByte(byte, stored) - shown[0]) / width : 0.5;
    const colour = byte === NO_VALUE ? missing : colourAt(map, fraction);
    table.set([...colour, 255], byte * 4);
  }
  return table;
}

/** The table for kinds: byte i + 1 is the i-th colour. */
export function paletteTable(colours: readonly Rgb[], missing: Rgb): Uint8Array {
  const table = new Uint8Array(256 * 4);
  table.set([...missing, 255], 0);
  for (const [i, colour] of colours.slice(0, 255).entries()) table.set([...colour, 255], (i + 1) * 4);
  return table;
}
