/** `switchback graph LAB[@MOMENT] -o FILE.svg`: a recorded lab at a moment, or a lab file as it begins, as a picture. */
import type { Command } from 'commander';
import type { Scene } from '../picture/scene.ts';
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
  const text = /\.ya?ml$/.test(target) ? await fileText(target, options) : await labText(target, options);
  if (options.output === undefined || options.output === '-') writeText(text);
  else await writeAtomically(options.output, async (write) => write(new TextEncoder().encode(text)));
}

async function fileText(path: string, { format }: GraphOptions): Promise<string> {
  const { name, lab } = await readRunnable(path);
  const [{ definedScene }, { layOut }, { planOf }] = await Promise.all([
    import('../services/picture/lab-picture.ts'),
    import('../services/picture/lay-out.ts'),
    import('../picture/plan.ts'),
  ]);
  const { scene } = definedScene(lab);
  return format === 'svg' ? svgOf(name, { scene, ...(await layOut(planOf(lab))) }) : textOf(name, scene, format);
}

/** "ha@12.5s", "ha". @throws CliError where there is no such lab or moment */
function labText(target: string, { data, format }: GraphOptions): Promise<string> {
  const { lab, moment } = parseTarget(target);
  return withStore(data, async (log, snapshots) => {
    const { position } = await headOf(log, lab);
    await refuseBeyond(log, lab, moment, snapshots);
    const { labPicture, labScene } = await import('../services/picture/lab-picture.ts');
    const until = moment ?? { position };
    if (format === 'svg') return svgOf(lab, await labPicture(log, lab, until, snapshots));
    const { scene } = await labScene(log, lab, until, snapshots);
    return textOf(lab, scene, format);
  });
}

async function svgOf(lab: string, { scene, layout, note: told }: LabPicture): Promise<string> {
  if (told !== '') note(`switchback: ${told}`);
  const [{ drawing }, { svgText }] = await Promise.all([import('../picture/drawing.ts'), import('../picture/svg-text.ts')]);
  return svgText(drawing(layout, scene, lab));
}

/** What other programs lay out by themselves. */
async function textOf(lab: string, scene: Scene, format: Exclude<GraphFormat, 'svg'>): Promise<string> {
  if (format === 'json') {
    const { publishScene } = await import('../services/publish/publish-scene.ts');
    return `${JSON.stringify(publishScene(lab, scene), null, 2)}\n`;
  }
  const { dotText, mermaidText } = await import('../picture/graph-text.ts');
  return format === 'dot' ? dotText(scene) : mermaidText(scene);
}
