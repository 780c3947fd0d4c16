// The public Java SDK, unmodified, against an endpoint: makes tables, writes, reads, queries. Prints what it found as
// JSON, one key a check; the test holds the expected text. Environment: ODPS_ENDPOINT, ODPS_ID, ODPS_SECRET.
import com.aliyun.odps.Column;
import com.aliyun.odps.Instance;
import com.aliyun.odps.Odps;
import com.aliyun.odps.OdpsException;
import com.aliyun.odps.PartitionSpec;
import com.aliyun.odps.Table;
import com.aliyun.odps.account.AliyunAccount;
import com.aliyun.odps.data.ArrowRecordReader;
import com.aliyun.odps.data.ArrowRecordWriter;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.data.RecordReader;
import com.aliyun.odps.data.RecordWriter;
import com.aliyun.odps.data.SimpleStruct;
import com.aliyun.odps.task.SQLTask;
import com.aliyun.odps.tunnel.InstanceTunnel;
import com.aliyun.odps.tunnel.TableTunnel;
import com.aliyun.odps.tunnel.io.CompressOption;
import com.aliyun.odps.tunnel.streams.UpsertStream;
import com.aliyun.odps.type.StructTypeInfo;
import com.google.gson.GsonBuilder;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

public class Main {
  static final String PROJECT = "local";
  static final Map<String, String> HINTS = Map.of("odps.sql.type.system.odps2", "true",
      "odps.sql.decimal.odps2", "true", "odps.sql.allow.fullscan", "true");
  static final int POLL_MS = 20;
  static final Map<String, Object> found = new LinkedHashMap<>();
  static Odps odps;
  static TableTunnel tunnel;

  public static void main(String[] args) {
    int code = 1;
    try {
      checks();
      System.out.println(new GsonBuilder().serializeNulls().disableHtmlEscaping().create().toJson(found));
      code = 0;
    } catch (Throwable error) {
      error.printStackTrace();
    }
    // The SDK leaves threads behind, which would keep the process.
    System.exit(code);
  }

  static void checks() throws Exception {
    odps = open(System.getenv("ODPS_SECRET"), null);
    tunnel = new TableTunnel(odps);
    types();
    compressions();
    arrow();
    partitions();
    streams();
    upserts();
    queries();
    errors();
  }

  static Odps open(String secret, String region) {
    AliyunAccount account = region == null ? new AliyunAccount(System.getenv("ODPS_ID"), secret)
        : new AliyunAccount(System.getenv("ODPS_ID"), secret, region);
    Odps made = new Odps(account);
    made.setEndpoint(System.getenv("ODPS_ENDPOINT"));
    made.setDefaultProject(PROJECT);
    return made;
  }

  /** Every plain type and the nested ones: written, read back, and a row of NULLs. */
  static void types() throws Exception {
    sql("CREATE TABLE kinds (ti TINYINT, si SMALLINT, i INT, id BIGINT, f FLOAT, d DOUBLE, price DECIMAL(38,18), "
        + "ok BOOLEAN, name STRING, vc VARCHAR(20), ch CHAR(5), bin BINARY, day DATE, at DATETIME, ts TIMESTAMP, "
        + "wall TIMESTAMP_NTZ, doc JSON, tags ARRAY<STRING>, counts MAP<STRING,BIGINT>, pair STRUCT<a:BIGINT,b:STRING>)");
    TableTunnel.UploadSession session = tunnel.createUploadSession(PROJECT, "kinds");
    try (RecordWriter writer = session.openRecordWriter(0L)) {
      Record row = session.newRecord();
      row.set("ti", (byte) -128);
      row.set("si", (short) 32767);
      row.set("i", -2147483648);
      row.set("id", 9223372036854775807L);
      row.set("f", 1.1f);
      row.set("d", -0.0d);
      row.set("price", new BigDecimal("12345678901234567890.123456789012345678"));
      row.set("ok", true);
      row.set("name", "näme \u0000 😀");
      row.set("vc", new com.aliyun.odps.data.Varchar("väry"));
      row.set("ch", new com.aliyun.odps.data.Char("ab"));
      row.set("bin", new com.aliyun.odps.data.Binary(new byte[] {0, -1, 10}));
      row.set("day", LocalDate.of(1969, 12, 31));
      row.set("at", ZonedDateTime.of(2020, 1, 1, 12, 30, 1, 123_000_000, ZoneOffset.UTC));
      row.set("ts", Instant.ofEpochSecond(-1, 500_000_001));
      row.set("wall", LocalDateTime.of(2026, 11, 22, 8, 0, 0, 1));
      row.set("doc", new com.aliyun.odps.data.SimpleJsonValue("{\"a\":[1,null]}"));
      row.set("tags", Arrays.asList("a", null, ""));
      Map<String, Long> counts = new LinkedHashMap<>();
      counts.put("k", 1L);
      counts.put("none", null);
      row.set("counts", counts);
      StructTypeInfo pair = (StructTypeInfo) session.getSchema().getColumn("pair").getTypeInfo();
      row.set("pair", new SimpleStruct(pair, Arrays.asList(5L, null)));
      writer.write(row);
      writer.write(session.newRecord());
    }
    session.commit(new Long[] {0L});
    found.put("kinds", read("kinds", null, null));
    Table table = odps.tables().get("kinds");
    List<String> types = new ArrayList<>();
    for (Column column : table.getSchema().getColumns()) types.add(column.getTypeInfo().getTypeName());
    found.put("schema", types);
  }

  /** One block a compression, all in one session, committed once and then again. */
  static void compressions() throws Exception {
    sql("CREATE TABLE squeezed (id BIGINT, name STRING)");
    TableTunnel.UploadSession session = tunnel.createUploadSession(PROJECT, "squeezed");
    String[] names = {"ODPS_RAW", "ODPS_ZLIB", "ODPS_SNAPPY", "ODPS_LZ4_FRAME", "ODPS_ZSTD"};
    List<Long> blocks = new ArrayList<>();
    for (String name : names) {
      long block = blocks.size();
      try (RecordWriter writer = session.openRecordWriter(block, option(name))) {
        for (long i = 0; i < 2000; i++) {
          Record row = session.newRecord();
          row.setBigint(0, block * 2000 + i);
          row.setString(1, name + " row " + i);
          writer.write(row);
        }
      }
      blocks.add(block);
    }
    // A block sent again replaces itself.
    try (RecordWriter writer = session.openRecordWriter(0L)) {
      Record row = session.newRecord();
      row.setBigint(0, -1L);
      writer.write(row);
    }
    found.put("blocks", Arrays.asList(session.getBlockList()));
    session.commit(blocks.toArray(new Long[0]));
    found.put("status", String.valueOf(session.getStatus()));
    found.put("squeezed", csv("SELECT COUNT(*) AS c, COUNT(DISTINCT id) AS d, SUM(id) AS s FROM squeezed"));
    List<Object> sums = new ArrayList<>();
    for (String name : names) {
      TableTunnel.DownloadSession down = tunnel.createDownloadSession(PROJECT, "squeezed");
      long sum = 0;
      try (RecordReader reader = down.openRecordReader(0, down.getRecordCount(), option(name))) {
        for (Record row; (row = reader.read()) != null; ) sum += row.getBigint(0);
      }
      sums.add(sum);
    }
    found.put("sums", sums);
  }

  /** All rows through Arrow, block after block: written by one reader, counted and summed by another. */
  static void arrow() throws Exception {
    sql("CREATE TABLE columnar (id BIGINT, name STRING, at TIMESTAMP)");
    TableTunnel.UploadSession session = tunnel.createUploadSession(PROJECT, "columnar");
    try (RootAllocator allocator = new RootAllocator();
        ArrowRecordWriter writer = session.openArrowRecordWriter(0L, option("ODPS_ARROW_LZ4_FRAME"));
        VectorSchemaRoot batch = VectorSchemaRoot.create(session.getArrowSchema(), allocator)) {
      for (int i = 0; i < 1000; i++) {
        ((BigIntVector) batch.getVector("id")).setSafe(i, i);
        ((VarCharVector) batch.getVector("name")).setSafe(i, ("näme " + i).getBytes(StandardCharsets.UTF_8));
      }
      batch.setRowCount(1000);
      writer.write(batch);
    }
    session.commit(new Long[] {0L});
    TableTunnel.DownloadSession down = tunnel.createDownloadSession(PROJECT, "columnar");
    long sum = 0;
    String last = "";
    // The SDK's reader keeps some of its memory, which an allocator that is closed would call a leak.
    RootAllocator kept = new RootAllocator();
    try (ArrowRecordReader reader = down.openArrowRecordReader(0, down.getRecordCount(), kept)) {
      for (VectorSchemaRoot batch; (batch = reader.read()) != null; ) {
        for (int i = 0; i < batch.getRowCount(); i++) {
          sum += ((BigIntVector) batch.getVector("id")).get(i);
          last = batch.getVector("name").getObject(i).toString();
        }
      }
    }
    found.put("arrow", List.of(down.getRecordCount(), sum, last));
  }

  static void partitions() throws Exception {
    sql("CREATE TABLE parts (a BIGINT) PARTITIONED BY (dt STRING, hh BIGINT)");
    Table table = odps.tables().get("parts");
    PartitionSpec spec = new PartitionSpec("dt='2026',hh='1'");
    table.createPartition(spec, true);
    TableTunnel.UploadSession session = tunnel.createUploadSession(PROJECT, "parts", spec);
    write(session, 1, 2);
    TableTunnel.UploadSession over = tunnel.createUploadSession(PROJECT, "parts", spec, true);
    write(over, 7);
    List<String> listed = new ArrayList<>();
    table.getPartitions().forEach(partition -> listed.add(partition.getPartitionSpec().toString(false, true)));
    found.put("partitions", listed);
    found.put("partition", read("parts", spec, null));
    found.put("hasPartition", List.of(table.hasPartition(spec), table.hasPartition(new PartitionSpec("dt=x,hh=2"))));
    table.deletePartition(spec);
    found.put("afterDrop", table.getPartitions().size());
  }

  static void streams() throws Exception {
    sql("CREATE TABLE streamed (id BIGINT, name STRING)");
    TableTunnel.StreamUploadSession session = tunnel.buildStreamUploadSession(PROJECT, "streamed").build();
    for (String name : new String[] {"ODPS_RAW", "ODPS_ZLIB", "ODPS_LZ4_FRAME"}) {
      TableTunnel.StreamRecordPack pack = session.newRecordPack(option(name));
      for (long i = 0; i < 100; i++) {
        Record row = session.newRecord();
        row.setBigint(0, i);
        row.setString(1, name);
        pack.append(row);
      }
      pack.flush(new TableTunnel.FlushOption());
    }
    found.put("streamed", csv("SELECT name, COUNT(*) AS c FROM streamed GROUP BY name ORDER BY name LIMIT 9"));
  }

  static void upserts() throws Exception {
    sql("CREATE TABLE delta (id BIGINT NOT NULL, name STRING, n BIGINT, PRIMARY KEY (id)) TBLPROPERTIES "
        + "('transactional'='true','write.bucket.num'='4','acid.partial.fields.update.enable'='true')");
    TableTunnel.UpsertSession session = tunnel.buildUpsertSession(PROJECT, "delta").build();
    try (UpsertStream stream = session.buildUpsertStream().setCompressOption(option("ODPS_ZLIB")).build()) {
      for (long i = 0; i < 50; i++) stream.upsert(delta(session, i, "n" + i, i));
      stream.upsert(delta(session, 7, "again", null));
      stream.delete(delta(session, 8, null, null));
      stream.flush();
    }
    session.commit(false);
    session.close();
    TableTunnel.UpsertSession partial = tunnel.buildUpsertSession(PROJECT, "delta").build();
    try (UpsertStream stream = partial.buildUpsertStream().build()) {
      stream.upsert(delta(partial, 9, "only the name", null), List.of("name"));
    }
    partial.commit(false);
    partial.close();
    found.put("delta", csv("SELECT id, name, n FROM delta WHERE id BETWEEN 6 AND 9 ORDER BY id LIMIT 9"));
    found.put("deltaRows", csv("SELECT COUNT(*) AS c, SUM(n) AS s FROM delta"));
    Table table = odps.tables().get("delta");
    found.put("primaryKey", table.getPrimaryKey());
    found.put("transactional", table.isTransactional());
  }

  static void queries() throws Exception {
    Instance instance = SQLTask.run(odps, PROJECT, "SELECT id, name FROM squeezed WHERE id BETWEEN 0 AND 2001 ORDER BY id DESC LIMIT 3;",
        HINTS, null);
    instance.waitForSuccess(POLL_MS);
    List<String> rows = new ArrayList<>();
    for (Record row : SQLTask.getResult(instance)) rows.add(row.get(0) + " " + row.get(1));
    found.put("result", rows);
    InstanceTunnel.DownloadSession down = new InstanceTunnel(odps).createDownloadSession(PROJECT, instance.getId());
    try (RecordReader reader = down.openRecordReader(0, down.getRecordCount())) {
      found.put("tunneled", shownRows(reader));
    }
    found.put("succeeded", instance.isSuccessful());
    Odps regional = open(System.getenv("ODPS_SECRET"), "cn-shanghai");
    found.put("v4", regional.tables().exists("squeezed"));
    found.put("missing", List.of(odps.tables().exists("nope"), odps.projects().exists("elsewhere")));
    List<String> tables = new ArrayList<>();
    odps.tables().iterable().forEach(table -> tables.add(table.getName()));
    tables.sort(null);
    found.put("tables", tables);
  }

  static void errors() {
    List<String> codes = new ArrayList<>();
    codes.add(failure(() -> tunnel.createUploadSession(PROJECT, "nope")));
    codes.add(failure(() -> tunnel.createUploadSession(PROJECT, "parts", new PartitionSpec("dt=x,hh=9"))));
    codes.add(failure(() -> tunnel.createUploadSession(PROJECT, "parts")));
    codes.add(failure(() -> tunnel.getUploadSession(PROJECT, "squeezed", "20200101nothing")));
    codes.add(failure(() -> csv("SELECT * FROM nope")));
    codes.add(failure(() -> csv("SELEC 1")));
    codes.add(failure(() -> open("wrong", null).tables().get("squeezed").reload()));
    codes.add(failure(() -> odps.tables().get("nope").reload()));
    codes.add(failure(() -> tunnel.buildUpsertSession(PROJECT, "squeezed").build()));
    found.put("errors", codes);
  }

  interface Work {
    void run() throws Exception;
  }

  static String failure(Work work) {
    try {
      work.run();
      return "none";
    } catch (OdpsException error) {
      String text = String.valueOf(error.getMessage());
      java.util.regex.Matcher odpsCode = java.util.regex.Pattern.compile("ODPS-\\d{7}").matcher(text);
      // A failed job has its code in the text only.
      boolean coded = error.getErrorCode() != null && !error.getErrorCode().startsWith("Local");
      String code = coded || !odpsCode.find() ? error.getErrorCode() : odpsCode.group();
      return error.getClass().getSimpleName() + " " + code;
    } catch (Exception error) {
      return error.getClass().getName() + ": " + error.getMessage();
    }
  }

  static Record delta(TableTunnel.UpsertSession session, long id, String name, Long n) {
    Record row = session.newRecord();
    row.setBigint("id", id);
    row.setString("name", name);
    row.setBigint("n", n);
    return row;
  }

  static void write(TableTunnel.UploadSession session, long... values) throws Exception {
    try (RecordWriter writer = session.openRecordWriter(0L)) {
      for (long value : values) {
        Record row = session.newRecord();
        row.setBigint(0, value);
        writer.write(row);
      }
    }
    session.commit(new Long[] {0L});
  }

  static CompressOption option(String name) {
    return new CompressOption(CompressOption.CompressAlgorithm.valueOf(name), 1, 0);
  }

  static List<List<String>> read(String table, PartitionSpec spec, CompressOption option) throws Exception {
    TableTunnel.DownloadSession down = spec == null ? tunnel.createDownloadSession(PROJECT, table)
        : tunnel.createDownloadSession(PROJECT, table, spec);
    try (RecordReader reader = down.openRecordReader(0, down.getRecordCount(), option)) {
      return shownRows(reader);
    }
  }

  static List<List<String>> shownRows(RecordReader reader) throws Exception {
    List<List<String>> rows = new ArrayList<>();
    for (Record row; (row = reader.read()) != null; ) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.getColumnCount(); i++) cells.add(shown(row.get(i)));
      rows.add(cells);
    }
    return rows;
  }

  /** A value as text that does not depend on the zone of the machine. */
  static String shown(Object value) {
    if (value instanceof ZonedDateTime) return ((ZonedDateTime) value).toInstant().toString();
    if (value instanceof com.aliyun.odps.data.Binary) return Arrays.toString(((com.aliyun.odps.data.Binary) value).data());
    if (value instanceof com.aliyun.odps.data.Struct) return ((com.aliyun.odps.data.Struct) value).getFieldValues().toString();
    if (value instanceof Map) {
      Map<String, String> sorted = new TreeMap<>();
      ((Map<?, ?>) value).forEach((key, cell) -> sorted.put(shown(key), shown(cell)));
      return sorted.toString();
    }
    return value instanceof byte[] ? new String((byte[]) value, StandardCharsets.UTF_8) : String.valueOf(value);
  }

  static void sql(String statement) throws OdpsException {
    SQLTask.run(odps, PROJECT, statement + ";", HINTS, null).waitForSuccess(POLL_MS);
  }

  static String csv(String statement) throws OdpsException {
    Instance instance = SQLTask.run(odps, PROJECT, statement + ";", HINTS, null);
    instance.waitForSuccess(POLL_MS);
    return instance.getTaskResults().values().iterator().next();
  }
}
