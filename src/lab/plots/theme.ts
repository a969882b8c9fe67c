// One look for all plots: colours that colour-blind readers tell apart, fonts that GitHub's pages have, light and dark.

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export type Background = "solid" | "transparent";

export interface Look {
  readonly background: string;
  readonly text: string;
  /** Axis labels and subtitles. */
  readonly muted: string;
  readonly grid: string;
  /** What the others are compared with: the model alone, a rival. */
  readonly reference: string;
  /** Okabe & Ito 2008 (Color Universal Design), in an order in which neighbours differ in lightness too. */
  readonly palette: readonly string[];
}

// Yellow is too pale for white, blue too dark for black.
export const LOOKS: Readonly<Record<Theme, Look>> = {
  light: {
    background: "#ffffff",
    text: "#1f2328",
    muted: "#59636e",
    grid: "#d8dee4",
    reference: "#8b949e",
    palette: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000"],
  },
  dark: {
    background: "#0d1117",
    text: "#e6edf3",
    muted: "#9198a1",
    grid: "#30363d",
    reference: "#8b949e",
    palette: ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#ffffff"],
  },
};

/** Pictures of GitHub's pages can load no fonts: the reader's own stand here, the widest of them last. */
export const FONTS = "Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif";

const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "triangle-right"];

/** Series that the others are held against: drawn in grey, before the palette begins. */
const REFERENCES: ReadonlySet<string> = new Set(["base", "baseline", "plain", "none"]);

/** Colour and shape of each series, so that none is told by colour alone; equal domains make one legend of both. */
export function seriesScales(look: Look, names: readonly string[]): { color: object; shape: object } {
  const places = new Map<string, number>();
  for (const name of names) if (!REFERENCES.has(name)) places.set(name, places.size);
  const colourOf = (name: string): string => {
    const place = places.get(name);
    return place === undefined ? look.reference : look.palette[place % look.palette.length]!;
  };
  const shapeOf = (name: string): string => SHAPES[((places.get(name) ?? -1) + 1) % SHAPES.length]!;
  return {
    color: { domain: names, range: names.map(colourOf) },
    shape: { domain: names, range: names.map(shapeOf) },
  };
}

/** Vega-Lite's configuration for a look. */
export function configOf(look: Look, background: Background): object {
  const { text, muted, grid } = look;
  return {
    background: background === "solid" ? look.background : "transparent",
    padding: 16,
    font: FONTS,
    view: { stroke: null },
    title: {
      anchor: "start",
      frame: "group",
      color: text,
      fontSize: 17,
      fontWeight: 600,
      subtitleColor: muted,
      subtitleFontSize: 13,
      subtitlePadding: 6,
      offset: 16,
    },
    axis: {
      labelColor: muted,
      labelFontSize: 12,
      labelLimit: 260,
      labelFlush: false,
      labelPadding: 6,
      titleColor: text,
      titleFontSize: 13,
      titleFontWeight: "normal",
      titlePadding: 10,
      gridColor: grid,
      domainColor: grid,
      tickColor: grid,
    },
    axisQuantitative: { tickCount: 6 },
    legend: {
      orient: "top",
      layout: { top: { margin: 28 } },
      direction: "horizontal",
      columns: 3,
      columnPadding: 20,
      offset: 12,
      labelColor: text,
      labelFontSize: 12,
      labelLimit: 420,
      titleColor: muted,
      titleFontSize: 12,
      titleFontWeight: "normal",
      symbolSize: 90,
      symbolBaseFillColor: text,
    },
    text: { color: text, fontSize: 11 },
    rule: { color: muted },
    point: { filled: true, size: 80, opacity: 1 },
    line: { strokeWidth: 2.2 },
    bar: { cornerRadiusEnd: 2 },
  };
}
