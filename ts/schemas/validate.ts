import { closed, finding, flag, list, published, text } from './values.ts';

export const validateSchema = published(
  'switchback validate -f json',
  closed({ files: list(closed({ file: text, valid: flag, findings: list(finding) })) }),
);
