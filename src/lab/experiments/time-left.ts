// How long an experiment will still take, judged by the questions that it has answered.

/** Seconds per question, model by model. */
export class TimeLeft {
  readonly #seen = new Map<string, { questions: number; seconds: number }>();

  /** `questions` were answered by the model in `seconds`. */
  add(model: string, questions: number, seconds: number): void {
    const seen = this.#seen.get(model) ?? { questions: 0, seconds: 0 };
    this.#seen.set(model, { questions: seen.questions + questions, seconds: seen.seconds + seconds });
  }

  /**
   * Seconds for questions by model, trainings not counted; null before the first answer. A model that has not answered
   * yet counts as the mean of the others.
   */
  estimate(left: ReadonlyMap<string, number>): number | null {
    const all = [...this.#seen.values()];
    const questions = all.reduce((sum, one) => sum + one.questions, 0);
    if (questions === 0) return null;
    const mean = all.reduce((sum, one) => sum + one.seconds, 0) / questions;
    let seconds = 0;
    for (const [model, count] of left) {
      const seen = this.#seen.get(model);
      const rate = seen === undefined || seen.questions === 0 ? mean : seen.seconds / seen.questions;
      seconds += count * rate;
    }
    return seconds;
  }
}

/** `3 h 5 min`, `4 min`, `20 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
