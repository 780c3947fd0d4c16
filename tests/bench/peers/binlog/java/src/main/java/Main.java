// Two peers of the binlog bench in one program: mysql-binlog-connector-java (values only) and embedded Debezium
// (SourceRecords, no sink). Prints one JSON line a pass, and then waits for its standard input to end.
import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer.CompatibilityMode;
import com.github.shyiko.mysql.binlog.network.SSLMode;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

public class Main {
  static final String password = System.getenv("PEER_PASSWORD");

  public static void main(String[] args) throws Exception {
    String kind = args[0], user = args[2], file = args[3], database = args[6];
    int port = Integer.parseInt(args[1]), want = Integer.parseInt(args[4]), passes = Integer.parseInt(args[5]);
    if (kind.equals("connector")) for (int i = 0; i < passes; i++) connector(port, user, file, want, 7100 + i);
    else debezium(port, user, file, want, database, args[7]);
    System.in.read();
    Runtime.getRuntime().halt(0);
  }

  static void report(long rows, long nanos) {
    System.out.println("{\"rows\": " + rows + ", \"seconds\": " + nanos / 1e9 + "}");
  }

  static void connector(int port, String user, String file, int want, int serverId) throws Exception {
    BinaryLogClient client = new BinaryLogClient("127.0.0.1", port, user, password);
    client.setSSLMode(SSLMode.DISABLED);
    client.setServerId(serverId);
    client.setBinlogFilename(file);
    client.setBinlogPosition(4);
    client.setKeepAlive(false);
    EventDeserializer deserializer = new EventDeserializer();
    // As Debezium sets it: times as numbers, texts as bytes, which is its fastest way.
    deserializer.setCompatibilityMode(
        CompatibilityMode.DATE_AND_TIME_AS_LONG_MICRO, CompatibilityMode.CHAR_AND_BINARY_AS_BYTE_ARRAY);
    client.setEventDeserializer(deserializer);
    long[] rows = {0}, first = {0}, last = {0};
    client.registerEventListener(event -> {
      if (first[0] == 0) first[0] = System.nanoTime();
      EventData data = event.getData();
      if (data instanceof WriteRowsEventData) rows[0] += ((WriteRowsEventData) data).getRows().size();
      else if (data instanceof UpdateRowsEventData) rows[0] += ((UpdateRowsEventData) data).getRows().size();
      else if (data instanceof DeleteRowsEventData) rows[0] += ((DeleteRowsEventData) data).getRows().size();
      if (rows[0] < want || last[0] != 0) return;
      last[0] = System.nanoTime();
      new Thread(() -> {
        try { client.disconnect(); } catch (Exception ignored) { }
      }).start();
    });
    client.connect();
    report(rows[0], last[0] - first[0]);
  }

  static void debezium(int port, String user, String file, int want, String database, String gtids)
      throws Exception {
    Path dir = Files.createTempDirectory("debezium");
    HashMap<byte[], byte[]> offsets = new HashMap<>();
    offsets.put("[\"e\",{\"server\":\"p\"}]".getBytes(),
        ("{\"ts_sec\":1,\"file\":\"" + file + "\",\"pos\":4,\"gtids\":\"" + gtids + "\"}").getBytes());
    try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(dir.resolve("offsets")))) {
      out.writeObject(offsets);
    }
    Properties p = new Properties();
    p.setProperty("name", "e");
    p.setProperty("connector.class", "io.debezium.connector.mysql.MySqlConnector");
    p.setProperty("offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
    p.setProperty("offset.storage.file.filename", dir.resolve("offsets").toString());
    p.setProperty("offset.flush.interval.ms", "10000");
    p.setProperty("database.hostname", "127.0.0.1");
    p.setProperty("database.port", String.valueOf(port));
    p.setProperty("database.user", user);
    p.setProperty("database.password", password);
    p.setProperty("database.ssl.mode", "disabled");
    p.setProperty("driver.allowPublicKeyRetrieval", "true");
    p.setProperty("database.server.id", "7300");
    p.setProperty("topic.prefix", "p");
    p.setProperty("database.include.list", database);
    p.setProperty("schema.history.internal", "io.debezium.storage.file.history.FileSchemaHistory");
    p.setProperty("schema.history.internal.file.filename", dir.resolve("history").toString());
    // The schema as it is now is that of the file: nothing was altered since.
    p.setProperty("snapshot.mode", "recovery");
    p.setProperty("include.schema.changes", "false");
    p.setProperty("tombstones.on.delete", "false");
    CountDownLatch done = new CountDownLatch(1);
    long[] rows = {0}, windowStart = {0};
    final int window = Math.min(100_000, want / 5);
    DebeziumEngine<?> engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class)).using(p)
        .notifying((records, committer) -> {
          for (var record : records) {
            rows[0]++;
            if (rows[0] == 1) windowStart[0] = System.nanoTime();
            else if (rows[0] % window == 1) {
              long now = System.nanoTime();
              report(window, now - windowStart[0]);
              windowStart[0] = now;
            }
            if (rows[0] == want - 1) done.countDown();
            committer.markProcessed(record);
          }
          committer.markBatchFinished();
        })
        .using((ok, message, error) -> {
          if (!ok && error != null) error.printStackTrace();
          done.countDown();
        })
        .build();
    new Thread(engine).start();
    done.await();
  }
}
