# Stands in for apache/kafka where no registry of images can be reached: the same release of the broker, from Maven, at the same
# places and under the same user.
FROM switchback-test/bookworm
RUN groupadd --gid 1000 appuser && useradd --uid 1000 --gid appuser --shell /bin/bash --create-home appuser \
 && mkdir -p /opt/kafka/config /etc/kafka/docker /mnt/shared/config /var/lib/kafka/data \
 && chown -R appuser:appuser /opt/kafka /etc/kafka /var/lib/kafka
COPY java /opt/java
COPY jars /opt/kafka/libs
COPY kafka-run.sh /etc/kafka/docker/run
ENV PATH=/opt/java/bin:$PATH
EXPOSE 9092
USER appuser
VOLUME /var/lib/kafka/data
CMD ["/bin/bash", "/etc/kafka/docker/run"]
