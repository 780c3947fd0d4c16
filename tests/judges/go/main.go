// The public Go SDK, unmodified, against an endpoint: makes tables, writes, reads, queries. Prints what it found as
// JSON, one key a check; the test holds the expected text. Environment: ODPS_ENDPOINT, ODPS_ID, ODPS_SECRET.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"sort"
	"time"

	"github.com/aliyun/aliyun-odps-go-sdk/odps"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/account"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/data"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/datatype"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/restclient"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/tunnel"
)

const project = "local"

var (
	found   = map[string]any{}
	client  *odps.Odps
	tunnels *tunnel.Tunnel
	hints   = map[string]string{
		"odps.sql.type.system.odps2": "true",
		"odps.sql.decimal.odps2":     "true",
		"odps.sql.allow.fullscan":    "true",
	}
)

func main() {
	client = open(os.Getenv("ODPS_SECRET"))
	var err error
	tunnels, err = tunnel.NewTunnelFromProject(client.DefaultProject())
	must(err)
	types()
	compressions()
	partitions()
	streams()
	queries()
	failures()
	text, err := json.Marshal(found)
	must(err)
	fmt.Println(string(text))
}

func open(secret string) *odps.Odps {
	made := odps.NewOdps(account.NewAliyunAccount(os.Getenv("ODPS_ID"), secret), os.Getenv("ODPS_ENDPOINT"))
	made.SetDefaultProjectName(project)
	return made
}

// Every plain type and the nested ones: written, read back, and a row of NULLs.
func types() {
	sql("CREATE TABLE kinds (ti TINYINT, si SMALLINT, i INT, id BIGINT, f FLOAT, d DOUBLE, price DECIMAL(38,18), " +
		"ok BOOLEAN, name STRING, vc VARCHAR(20), ch CHAR(5), bin BINARY, day DATE, at DATETIME, ts TIMESTAMP, " +
		"wall TIMESTAMP_NTZ, doc JSON, tags ARRAY<STRING>, counts MAP<STRING,BIGINT>, pair STRUCT<a:BIGINT,b:STRING>)")
	session, err := tunnels.CreateUploadSession(project, "kinds")
	must(err)
	columns := session.Schema().Columns
	varchar, err := data.MakeVarChar(20, "väry")
	must(err)
	char, err := data.MakeChar(5, "ab")
	must(err)
	price := data.NewDecimal(38, 18, "12345678901234567890.123456789012345678")
	tags := data.NewArrayWithType(columns[17].Type.(datatype.ArrayType))
	tags.UnSafeAppend(data.String("a"), nil, data.String(""))
	counts := data.NewMapWithType(columns[18].Type.(datatype.MapType))
	must(counts.Set(data.String("k"), data.BigInt(1)))
	pair := data.NewStructWithTyp(columns[19].Type.(datatype.StructType))
	must(pair.SetField("a", data.BigInt(5)))
	must(pair.SetField("b", nil))
	row := data.Record{
		data.TinyInt(-128), data.SmallInt(32767), data.Int(math.MinInt32), data.BigInt(math.MaxInt64),
		data.Float(1.1), data.Double(math.Copysign(0, -1)), *price, data.Bool(true), data.String("näme \x00 😀"),
		varchar, char, data.Binary([]byte{0, 255, 10}),
		data.Date(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)),
		data.DateTime(time.Date(2020, 1, 1, 12, 30, 1, 123000000, time.UTC)),
		data.Timestamp(time.Unix(-1, 500000001).UTC()),
		data.TimestampNtz(time.Date(2026, 11, 22, 8, 0, 0, 1, time.UTC)),
		data.Json{Data: `{"a":[1,null]}`, Valid: true}, tags, counts, pair,
	}
	writer, err := session.OpenRecordWriter(0)
	must(err)
	must(writer.Write(row))
	must(writer.Write(data.NewRecord(len(columns))))
	must(writer.Close())
	must(session.Commit([]int{0}))
	found["kinds"] = read("kinds")
	table := client.Table("kinds")
	must(table.Load())
	names := []string{}
	for _, column := range table.Schema().Columns {
		names = append(names, column.Type.Name())
	}
	found["schema"] = names
}

// A session a compression, three blocks each, one of them sent twice; read back under the same one.
func compressions() {
	sql("CREATE TABLE squeezed (id BIGINT, name STRING)")
	// Its Overwrite option sends a parameter of another name than the service documents, so the table is emptied by SQL.
	options := map[string][]tunnel.Option{
		"raw": nil, "deflate": {tunnel.SessionCfg.WithDefaultDeflateCompressor()},
		"snappy": {tunnel.SessionCfg.WithSnappyFramedCompressor()},
	}
	sums := map[string]int64{}
	for _, name := range []string{"raw", "deflate", "snappy"} {
		sql("TRUNCATE TABLE squeezed")
		session, err := tunnels.CreateUploadSession(project, "squeezed", options[name]...)
		must(err)
		for _, block := range []int{0, 1, 2, 1} {
			writer, err := session.OpenRecordWriter(block)
			must(err)
			for i := 0; i < 2000; i++ {
				must(writer.Write(data.Record{data.BigInt(block*2000 + i), data.String(fmt.Sprint(name, i))}))
			}
			must(writer.Close())
		}
		must(session.Commit([]int{0, 1, 2}))
		down, err := tunnels.CreateDownloadSession(project, "squeezed", options[name]...)
		must(err)
		reader, err := down.OpenRecordReader(0, down.RecordCount(), nil)
		must(err)
		must(reader.Iterator(func(record data.Record, err error) {
			must(err)
			sums[name] += int64(record[0].(data.BigInt))
		}))
		must(reader.Close())
		again, err := tunnels.AttachToExistedUploadSession(project, "squeezed", session.Id)
		must(err)
		found["status"] = again.Status().String()
	}
	found["sums"] = sums
}

func partitions() {
	sql("CREATE TABLE parts (a BIGINT) PARTITIONED BY (dt STRING, hh BIGINT)")
	table := client.Table("parts")
	must(table.AddPartition(true, "dt=2026/hh=1"))
	session, err := tunnels.CreateUploadSession(project, "parts", tunnel.SessionCfg.WithPartitionKey("dt='2026',hh='1'"))
	must(err)
	writer, err := session.OpenRecordWriter(0)
	must(err)
	must(writer.Write(data.Record{data.BigInt(7)}))
	must(writer.Close())
	must(session.Commit([]int{0}))
	listed, err := table.GetPartitions()
	must(err)
	names := []string{}
	for _, partition := range listed {
		names = append(names, partition.Value())
	}
	found["partitions"] = names
	found["partition"] = read("parts", tunnel.SessionCfg.WithPartitionKey("dt='2026',hh='1'"))
	must(table.DeletePartition(true, "dt=2026/hh=1"))
	listed, err = table.GetPartitions()
	must(err)
	found["afterDrop"] = len(listed)
}

func streams() {
	sql("CREATE TABLE streamed (id BIGINT, name STRING)")
	for name, options := range map[string][]tunnel.Option{
		"raw": nil, "deflate": {tunnel.SessionCfg.WithDefaultDeflateCompressor()},
	} {
		session, err := tunnels.CreateStreamUploadSession(project, "streamed", options...)
		must(err)
		writer := session.OpenRecordPackWriter()
		for i := 0; i < 100; i++ {
			must(writer.Append(data.Record{data.BigInt(i), data.String(name)}))
		}
		_, count, _, err := writer.Flush()
		must(err)
		if count != 100 {
			panic(count)
		}
	}
	found["streamed"] = csv("SELECT name, COUNT(*) AS c FROM streamed GROUP BY name ORDER BY name LIMIT 9")
}

func queries() {
	found["result"] = csv("SELECT id, name FROM squeezed WHERE id < 2 ORDER BY id DESC LIMIT 3")
	instance, err := client.ExecSQl("SELECT id, name FROM squeezed WHERE id < 2 ORDER BY id DESC LIMIT 3;", hints)
	must(err)
	wait(instance)
	down, err := tunnels.CreateInstanceResultDownloadSession(project, instance.Id())
	must(err)
	reader, err := down.OpenRecordReader(0, down.RecordCount(), 0, nil)
	must(err)
	found["tunneled"] = shown(reader)
	names := []string{}
	client.Tables().List(func(table *odps.Table, err error) {
		must(err)
		names = append(names, table.Name())
	})
	sort.Strings(names)
	found["tables"] = names
	exists, err := client.Table("nope").Exists()
	must(err)
	found["missing"] = exists
}

func failures() {
	codes := []string{}
	add := func(err error) { codes = append(codes, codeOf(err)) }
	_, err := tunnels.CreateUploadSession(project, "nope")
	add(err)
	_, err = tunnels.CreateUploadSession(project, "parts")
	add(err)
	_, err = tunnels.CreateDownloadSession(project, "parts", tunnel.SessionCfg.WithPartitionKey("dt=x,hh=9"))
	add(err)
	_, err = tunnels.AttachToExistedUploadSession(project, "squeezed", "20200101nothing")
	add(err)
	instance, err := client.ExecSQl("SELECT * FROM nope;", hints)
	must(err)
	add(instance.WaitForSuccess())
	add(open("wrong").Table("squeezed").Load())
	found["errors"] = codes
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func codeOf(err error) string {
	var answer restclient.HttpError
	if errors.As(err, &answer) && answer.ErrorMessage != nil {
		return answer.ErrorMessage.ErrorCode
	}
	if err == nil {
		return "none"
	}
	if code := regexp.MustCompile(`ODPS-\d{7}`).FindString(err.Error()); code != "" {
		return code
	}
	return err.Error()
}

func read(table string, options ...tunnel.Option) [][]any {
	down, err := tunnels.CreateDownloadSession(project, table, options...)
	must(err)
	reader, err := down.OpenRecordReader(0, down.RecordCount(), nil)
	must(err)
	defer reader.Close()
	return shown(reader)
}

func shown(reader *tunnel.RecordProtocReader) [][]any {
	rows := [][]any{}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		must(err)
		cells := []any{}
		for _, cell := range record {
			cells = append(cells, text(cell))
		}
		rows = append(rows, cells)
	}
}

// A value as text; the SDK's own forms, but for the moments, which lose their fraction there.
func text(cell data.Data) any {
	switch value := cell.(type) {
	case nil:
		return nil
	case data.DateTime:
		return time.Time(value).UTC().Format(time.RFC3339Nano)
	case data.Timestamp:
		return time.Time(value).UTC().Format(time.RFC3339Nano)
	case data.TimestampNtz:
		return time.Time(value).UTC().Format(time.RFC3339Nano)
	case data.Binary:
		return fmt.Sprint([]byte(value))
	case *data.Array:
		cells := []any{}
		for _, inner := range value.ToSlice() {
			cells = append(cells, text(inner))
		}
		return cells
	case *data.Map:
		cells := map[string]any{}
		for key, inner := range value.ToGoMap() {
			cells[key.String()] = text(inner)
		}
		return cells
	case *data.Struct:
		cells := []any{}
		for _, field := range value.Fields() {
			cells = append(cells, text(field.Value))
		}
		return cells
	default:
		return cell.String()
	}
}

func sql(statement string) {
	instance, err := client.ExecSQl(statement+";", hints)
	must(err)
	wait(instance)
}

func csv(statement string) [][]string {
	task := odps.NewSqlTask("judge", statement+";", hints)
	instance, err := task.Run(client, project)
	must(err)
	wait(instance)
	reader, err := task.GetSelectResultAsCsv(instance, true)
	must(err)
	rows, err := reader.ReadAll()
	must(err)
	return rows
}

// The SDK's own wait, without its second between two questions.
func wait(instance *odps.Instance) {
	for instance.Status() != odps.InstanceTerminated {
		must(instance.Load())
		time.Sleep(10 * time.Millisecond)
	}
	must(instance.WaitForSuccess())
}
