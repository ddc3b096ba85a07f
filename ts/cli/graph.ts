/** `switchback graph LAB[@MOMENT] -o FILE.svg`: a recorded lab at a moment, or a lab file as it begins, as a picture. */
import type { Command } from 'commander';
import type { LabPicture } from '../services/picture/lab-picture.ts';
import { parseTarget, refuseBeyond } from './at.ts';
import { writeAtomically } from './atomic-file.ts';
import { readRunnable } from './lab-file.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { note, writeText } from './output.ts';
import { headOf, withStore } from './store.ts';

type GraphFormat = 'svg' | 'mermaid' | 'dot' | 'json';

interface GraphOptions extends DataOptions {
  readonly format: GraphFormat;
  readonly output?: string;
}

/** A lab and its picture. */
export interface NamedPicture extends LabPicture {
  readonly lab: string;
}

export function addGraph(program: Command): void {
  program
    .command('graph')
    .summary('draw a lab at a moment')
    .description(
      'Draws a recorded lab at a position or a time, or a lab file as it begins: nodes, cables and VLANs, roles of HA units, carrier, ' +
        'impairments and load of lines, where each switch believes a MAC to be, and where frames died. All pictures of one lab have ' +
        'everything in the same place.',
    )
    .argument('<lab@moment>', 'lab and moment as for "at", or a lab file (*.yml)')
    .addOption(dataOption())
    .addOption(formatOption('svg', 'mermaid', 'dot', 'json'))
    .option('-o, --output <file>', 'file to write; default: standard output')
    .action(graph);
}

async function graph(target: string, options: GraphOptions): Promise<void> {
  const picture = await pictureOf(target, options.data);
  if (picture.note !== '') note(`switchback: ${picture.note}`);
  const text = await textOf(picture, options.format);
  if (options.output === undefined || options.output === '-') writeText(text);
  else await writeAtomically(options.output, async (write) => write(new TextEncoder().encode(text)));
}

/** The picture of what a target names: "ha@12.5s", "ha", "labs/ha.lab.yml". @throws CliError where there is no such thing */
export async function pictureOf(target: string, data: string): Promise<NamedPicture> {
  if (/\.ya?ml$/.test(target)) {
    const { name, lab } = await readRunnable(target);
    const { definedPicture } = await import('../services/picture/lab-picture.ts');
    return { lab: name, ...(await definedPicture(lab)) };
  }
  const { lab, moment } = parseTarget(target);
  return withStore(data, async (log, snapshots) => {
    const { position } = await headOf(log, lab);
    await refuseBeyond(log, lab, moment, snapshots);
    const { labPicture } = await import('../services/picture/lab-picture.ts');
    return { lab, ...(await labPicture(log, lab, moment ?? { position }, snapshots)) };
  });
}

async function textOf({ lab, scene, layout }: NamedPicture, format: GraphFormat): Promise<string> {
  if (format === 'json') {
    const { publishScene } = await import('../services/publish/publish-scene.ts');
    return `${JSON.stringify(publishScene(lab, scene), null, 2)}\n`;
  }
  if (format === 'svg') {
    const [{ drawing }, { svgText }] = await Promise.all([import('../picture/drawing.ts'), import('../picture/svg-text.ts')]);
    return svgText(drawing(layout, scene, lab));
  }
  const { dotText, mermaidText } = await import('../picture/graph-text.ts');
  return format === 'dot' ? dotText(scene) : mermaidText(scene);
}
