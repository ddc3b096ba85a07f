/** A topology as people write one: a node or a link a line. */
import { Document, isMap, isSeq } from 'yaml';

/** YAML of `{ name, topology: { kinds, nodes, links } }`. */
export function lineEach(value: object): string {
  const document = new Document(value);
  const topology = document.get('topology');
  for (const key of ['kinds', 'nodes', 'links']) {
    const part = isMap(topology) ? topology.get(key) : undefined;
    const items = isMap(part) ? part.items.map((pair) => pair.value) : isSeq(part) ? part.items : [];
    for (const item of items) if (isMap(item)) item.flow = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
