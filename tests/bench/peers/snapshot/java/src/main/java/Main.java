// Three peers of the snapshot bench in one program: Connector/J streaming the text protocol with typed getters (as DataX
// reads) or as bytes (its cheapest way), and embedded Debezium's initial snapshot (SourceRecords, no sink).
// Prints one JSON line a pass, Debezium one a window, then waits for its standard input to end.
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.ChangeEventFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.sql.Types;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

public class Main {
  static final String password = System.getenv("PEER_PASSWORD");

  public static void main(String[] args) throws Exception {
    String kind = args[0], user = args[2], database = args[3], table = args[4];
    int port = Integer.parseInt(args[1]), want = Integer.parseInt(args[5]), passes = Integer.parseInt(args[6]);
    if (kind.equals("debezium")) debezium(port, user, database, table, want);
    else for (int i = 0; i < passes; i++) read(port, user, database, table, kind.equals("typed"));
    System.in.read();
    Runtime.getRuntime().halt(0);
  }

  static void report(long rows, long nanos) {
    System.out.println("{\"rows\": " + rows + ", \"seconds\": " + nanos / 1e9 + "}");
  }

  static void read(int port, String user, String database, String table, boolean typed) throws Exception {
    String url = "jdbc:mysql://127.0.0.1:" + port + "/" + database
        + "?useSSL=false&allowPublicKeyRetrieval=true&connectionTimeZone=UTC&characterEncoding=utf8";
    try (Connection connection = DriverManager.getConnection(url, user, password);
        Statement statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
      // The value by which this driver streams rows instead of gathering them.
      statement.setFetchSize(Integer.MIN_VALUE);
      long start = System.nanoTime(), rows = 0, sum = 0;
      ResultSet result = statement.executeQuery("SELECT * FROM " + table);
      int[] types = typesOf(result.getMetaData());
      while (result.next()) {
        rows++;
        for (int i = 0; i < types.length; i++) sum += typed ? valueOf(result, i + 1, types[i]) : bytesOf(result, i + 1);
      }
      report(rows, System.nanoTime() - start);
      if (sum == 42) System.err.println("the sum keeps the reads alive");
    }
  }

  static int[] typesOf(ResultSetMetaData meta) throws Exception {
    int[] types = new int[meta.getColumnCount()];
    for (int i = 0; i < types.length; i++) types[i] = meta.getColumnType(i + 1);
    return types;
  }

  static long bytesOf(ResultSet result, int column) throws Exception {
    byte[] value = result.getBytes(column);
    return value == null ? 0 : value.length;
  }

  static long valueOf(ResultSet result, int column, int type) throws Exception {
    switch (type) {
      case Types.BIT: case Types.BOOLEAN: case Types.TINYINT: case Types.SMALLINT: case Types.INTEGER: case Types.BIGINT:
        return result.getLong(column);
      case Types.DECIMAL: case Types.NUMERIC:
        Object amount = result.getBigDecimal(column);
        return amount == null ? 0 : amount.hashCode();
      case Types.REAL: case Types.FLOAT: case Types.DOUBLE:
        return (long) result.getDouble(column);
      case Types.DATE: case Types.TIMESTAMP:
        java.sql.Timestamp moment = result.getTimestamp(column);
        return moment == null ? 0 : moment.getTime();
      case Types.BINARY: case Types.VARBINARY: case Types.LONGVARBINARY:
        return bytesOf(result, column);
      default:
        String text = result.getString(column);
        return text == null ? 0 : text.length();
    }
  }

  static void debezium(int port, String user, String database, String table, int want) throws Exception {
    Path dir = Files.createTempDirectory("debezium");
    Properties p = new Properties();
    p.setProperty("name", "e");
    p.setProperty("connector.class", "io.debezium.connector.mysql.MySqlConnector");
    p.setProperty("offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
    p.setProperty("offset.storage.file.filename", dir.resolve("offsets").toString());
    p.setProperty("offset.flush.interval.ms", "10000");
    p.setProperty("database.hostname", "127.0.0.1");
    p.setProperty("database.port", "" + port);
    p.setProperty("database.user", user);
    p.setProperty("database.password", password);
    p.setProperty("database.ssl.mode", "disabled");
    p.setProperty("driver.allowPublicKeyRetrieval", "true");
    p.setProperty("database.server.id", "7300");
    p.setProperty("topic.prefix", "p");
    p.setProperty("database.include.list", database);
    p.setProperty("table.include.list", database + "." + table);
    p.setProperty("include.schema.changes", "false");
    p.setProperty("schema.history.internal", "io.debezium.storage.file.history.FileSchemaHistory");
    p.setProperty("schema.history.internal.file.filename", dir.resolve("history").toString());
    p.setProperty("snapshot.mode", "initial_only");
    int window = Math.max(1, Math.min(100_000, want / 4));
    long[] rows = {0}, last = {0};
    CountDownLatch done = new CountDownLatch(1);
    DebeziumEngine<?> engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class)).using(p)
        .using((success, message, error) -> {
          if (!success) System.err.println(message);
          done.countDown();
        })
        .notifying((records, committer) -> {
          for (Object one : records) {
            if (rows[0] == 0) last[0] = System.nanoTime();
            if (++rows[0] % window == 0) {
              long now = System.nanoTime();
              report(window, now - last[0]);
              last[0] = now;
            }
          }
          committer.markBatchFinished();
          if (rows[0] >= want) done.countDown();
        }).build();
    new Thread(engine).start();
    done.await();
  }
}
