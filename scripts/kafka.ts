/**
 * npm run kafka [-- --port 9092] [-- --version 3.9.2] [-- --fast]: an Apache Kafka broker for trying things out, until Ctrl-C.
 *
 * The first run downloads it (needs Java 17 and Maven). Its data is gone when it ends.
 */
import { parseArgs } from 'node:util';
import { Broker, type BrokerOptions, FAST_SETTINGS } from './kafka-broker.ts';
import { KAFKA_VERSION } from './kafka-jars.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    version: { type: 'string', default: KAFKA_VERSION },
    fast: { type: 'boolean', default: false },
  },
});

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const options: BrokerOptions = {
  version: values.version,
  say,
  settings: values.fast ? FAST_SETTINGS : {},
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
};
const broker = await Broker.start(options);
say(`Apache Kafka ${values.version} on ${broker.address} (Ctrl-C ends it)`);
process.stdout.write(`${broker.address}\n`);

let ending = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    void broker.dispose().then(() => process.exit(0));
  });
}
