/** A lab file run in a log in memory, of which nothing is left but the verdicts of its checks. */
import type { CheckResult } from '../engine/checks.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { progressTo, stormTeller } from './progress.ts';

export async function runInMemory(path: string, file: LabFile): Promise<readonly CheckResult[]> {
  const progress = progressTo(file.script.durationNs);
  const [{ openMemoryLog }, { runLab }] = await Promise.all([import('../log/memory.ts'), import('../services/living/run-lab.ts')]);
  const log = openMemoryLog();
  try {
    const tellStorm = stormTeller(path, progress, 'Ctrl-C ends the test');
    const report = await runLab(file, log, {
      onProgress: ({ atNs, frames }) => progress.at(atNs, frames),
      onEvent: (event) => {
        progress.at(event.atNs);
        tellStorm(event);
      },
    });
    return report.checks;
  } finally {
    progress.end();
    await log.close();
  }
}
