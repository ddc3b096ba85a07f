import { chain, closed, position, published, text } from './values.ts';

export const importSchema = published('switchback import -f json', closed({ lab: text, positions: position, chain }));
