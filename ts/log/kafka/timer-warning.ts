/**
 * kafkajs 2.2.4 asks for timers in the past, which Node 24 answers with a warning at every connection
 * (https://github.com/tulios/kafkajs/issues/1751). The timer fires after 1 ms, as before: only the warning is new. It is dropped
 * when kafkajs set the timer, and passed on when anyone else did.
 */
let silenced = false;

export function silenceKafkaTimers(): void {
  if (silenced) return;
  silenced = true;
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (args.includes('TimeoutNegativeWarning') && /[\\/]kafkajs[\\/]/.test(new Error('where?').stack ?? '')) return;
    emitWarning(...args);
  };
}
