// What the cases need beside medians.

export interface Line {
  readonly slope: number;
  /** Of the slope, from the residuals; n - 2 degrees of freedom. */
  readonly standardError: number;
}

/** Least squares. */
export function lineThrough(x: readonly number[], y: readonly number[]): Line {
  const n = x.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const slope = x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0) / sxx;
  const residual = x.reduce((sum, value, i) => sum + (y[i]! - my - slope * (value - mx)) ** 2, 0);
  return { slope, standardError: Math.sqrt(residual / (n - 2) / sxx) };
}
