#!/usr/bin/env python3
"""Follows the MAC changes of every lab.

    examples/follow-macs.py BROKER:PORT          from the first event on, and goes on
    examples/follow-macs.py BROKER:PORT --once   ends where the log ends

Needs confluent-kafka and the messages of proto/ as Python; docs/consumers.md says how to get both.
"""
import hashlib
import os
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from switchback.v1.events_pb2 import Body, Record

topic = os.environ.get("SWITCHBACK_PREFIX", "switchback") + ".events"
# Committed records alone: an uncommitted one may never have happened. A group id is required, and never used.
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "follow-macs", "enable.auto.commit": False,
                     "isolation.level": "read_committed", "enable.partition.eof": True})
unread = set(consumer.list_topics(topic).topics[topic].partitions)
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in unread])
heads = {}  # lab -> position and chain of its last record

while unread or "--once" not in sys.argv:
    message = consumer.poll(1)
    if message is None:
        continue
    if message.error():
        if message.error().code() != KafkaError._PARTITION_EOF:
            raise SystemExit(message.error().str())
        unread.discard(message.partition())
        continue
    lab = message.key().decode()
    if message.value() is None:  # The lab is forgotten; what follows under its name is another one.
        heads.pop(lab, None)
        print(lab, "is forgotten", flush=True)
        continue
    record = Record.FromString(message.value())
    body = Body.FromString(record.body)
    position, chain = heads.get(lab, (0, bytes(32)))
    if body.position <= position:  # Written twice: the first one counts.
        continue
    if body.position != position + 1 or hashlib.sha256(chain + record.body).digest() != record.chain:
        raise SystemExit(f"{lab}: #{body.position} does not follow #{position}")
    heads[lab] = (body.position, record.chain)
    if body.WhichOneof("payload") == "mac_address_changed":
        mac = body.mac_address_changed
        print(f"{lab} #{body.position} {body.at_ns / 1e9:.9f} s {mac.node}:{mac.interface} {mac.which} "
              f"{mac.old} -> {mac.new} ({mac.cause})", flush=True)
