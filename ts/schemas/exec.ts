import { bareEvent, publishedWithEvents } from './events.ts';
import { closed, list, oneOf, position, text } from './values.ts';

/** Of deploy, exec and destroy alike. */
export const execSchema = publishedWithEvents('switchback exec -f json', (reference) =>
  closed(
    {
      lab: text,
      id: { ...text, description: 'Of the command.' },
      status: oneOf('done', 'refused', 'forgotten', 'pending'),
      position: { ...position, description: 'Where the lab waits again.' },
      reasons: { ...list(text), description: 'Why it was refused.' },
      events: {
        ...list(bareEvent(reference)),
        description: 'From the first that the command caused to where the lab waits again.',
      },
    },
    ['position', 'reasons', 'events'],
  ),
);
