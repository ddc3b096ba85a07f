/**
 * The log on Kafka: how history travels between processes.
 *
 * | role | uses |
 * | --- | --- |
 * | every process | `connectKafka`: finds the brokers, makes and checks the topics |
 * | a reader | `openMirror` into a log of its own, and reads that |
 * | a sender of commands | `openCommandSender` |
 * | a controller | `joinControllers`; for each partition it is assigned a `PartitionWriter`, whose `append` commits a command with what it led to; `openMirror` for the heads; `openSnapshotSender` |
 * | a tool or test that wants an `EventLog` | `openKafkaLog` |
 */
export { connectKafka, type KafkaConnection, type KafkaLogLevel, type KafkaOptions } from './client.ts';
export { openCommandSender } from './command-topic.ts';
export { type ControllerHandlers, type Controllers, joinControllers } from './controllers.ts';
export { CommitUnknown, Fenced, WriteFailed } from './errors.ts';
export type { Trouble } from './intake.ts';
export { KafkaLog, type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';
export { type Mirror, type MirrorOptions, openMirror, type PartitionLag } from './mirror.ts';
export { PartitionWriter } from './partition-writer.ts';
export { openSnapshotSender, type SnapshotSender } from './snapshot-topic.ts';
export { DEFAULT_PREFIX, partitionOf, type TopicNames, type TopicOptions, TopicUnusable, topicNames } from './topics.ts';
export type { Wait } from './waiters.ts';
