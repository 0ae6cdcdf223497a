/**
 * Colours as people with protanopia or deuteranopia see them, and how far apart two colours look.
 *
 * Sight without one kind of cone: F. Viénot, H. Brettel, J. Mollon, "Digital video colourmaps for checking the legibility
 * of displays by dichromats", Color Research and Application 24 (1999), their matrices between linear RGB and cones.
 * Distance: CIEDE2000, after G. Sharma, W. Wu, E. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
 * supplementary test data, and mathematical observations", Color Research and Application 30 (2005).
 */

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Linear RGB to the responses of long, middle and short cones, and back. */
const TO_CONES: Matrix = [
  [17.8824, 43.5161, 4.11935],
  [3.45565, 27.1554, 3.86714],
  [0.0299566, 0.184309, 1.46709],
];
const FROM_CONES: Matrix = [
  [0.0809444479, -0.130504409, 0.116721066],
  [-0.0102485335, 0.0540193266, -0.113614708],
  [-0.000365296938, -0.00412161469, 0.693511405],
];

/** How the missing cone would answer, from the other two. */
const SIGHT: Readonly<Record<string, (cones: Triple) => Triple>> = {
  usual: (cones) => cones,
  protanopia: ([, m, s]) => [2.02344 * m - 2.52581 * s, m, s],
  deuteranopia: ([l, , s]) => [l, 0.494207 * l + 1.24827 * s, s],
};

/** Kinds of sight that are known here. */
export const KINDS = Object.keys(SIGHT);

/** How far apart two colours (`#rrggbb`) look to a kind of sight, by one of the two measures. */
export function difference(a: string, b: string, kind: string, measure = deltaE2000): number {
  return measure(lab(seen(a, kind)), lab(seen(b, kind)));
}

/** A colour in linear RGB as a kind of sight has it. */
function seen(colour: string, kind: string): Triple {
  const linear = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
  const shown = apply(FROM_CONES, SIGHT[kind]!(apply(TO_CONES, linear)));
  return shown.map((value) => Math.min(1, Math.max(0, value))) as unknown as Triple;
}

function apply(matrix: Matrix, [x, y, z]: Triple): Triple {
  return matrix.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple;
}

const TO_XYZ: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];

/** CIE L*a*b* under D65. */
function lab(linear: Triple): Triple {
  const [x, y, z] = apply(TO_XYZ, linear);
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** CIE76: the plain distance in L*a*b*. */
export function deltaE76(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** CIEDE2000 with all weights 1. */
export function deltaE2000([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const rad = Math.PI / 180;
  const mean7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7;
  const g = 0.5 * (1 - Math.sqrt(mean7 / (mean7 + 25 ** 7)));
  const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)];
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const hue = (b: number, x: number): number =>
    b === 0 && x === 0 ? 0 : (Math.atan2(b, x) / rad + 360) % 360;
  const [h1, h2] = [hue(b1, x1), hue(b2, x2)];
  const grey = c1 * c2 === 0;
  const turn = grey ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * rad);
  const far = Math.abs(h1 - h2) > 180;
  const h = grey ? h1 + h2 : !far ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const t =
    1 -
    0.17 * Math.cos((h - 30) * rad) +
    0.24 * Math.cos(2 * h * rad) +
    0.32 * Math.cos((3 * h + 6) * rad) -
    0.2 * Math.cos((4 * h - 63) * rad);
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const [sc, sh] = [1 + 0.045 * c, 1 + 0.015 * c * t];
  const rc = 2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));
  const rt = -Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad) * rc;
  const [L, C, H] = [(l2 - l1) / sl, (c2 - c1) / sc, dH / sh];
  return Math.sqrt(L * L + C * C + H * H + rt * C * H);
}
