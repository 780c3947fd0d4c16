// A peer of the binlog bench: go-mysql, values only. Prints one JSON line a pass, then waits for its input to end.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

func main() {
	port, _ := strconv.Atoi(os.Args[1])
	user, file := os.Args[2], os.Args[3]
	want, _ := strconv.Atoi(os.Args[4])
	passes, _ := strconv.Atoi(os.Args[5])
	for pass := 0; pass < passes; pass++ {
		read(port, user, file, want, uint32(7001+pass))
	}
	os.Stdin.Read(make([]byte, 1))
}

func read(port int, user string, file string, want int, serverID uint32) {
	syncer := replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID: serverID, Flavor: "mysql", Host: "127.0.0.1", Port: uint16(port),
		User: user, Password: os.Getenv("PEER_PASSWORD"),
	})
	defer syncer.Close()
	stream, err := syncer.StartSync(mysql.Position{Name: file, Pos: 4})
	if err != nil {
		panic(err)
	}
	start := time.Now()
	rows := 0
	for rows < want {
		event, err := stream.GetEvent(context.Background())
		if err != nil {
			panic(err)
		}
		if changed, ok := event.Event.(*replication.RowsEvent); ok {
			if event.Header.EventType == replication.UPDATE_ROWS_EVENTv2 {
				rows += len(changed.Rows) / 2
			} else {
				rows += len(changed.Rows)
			}
		}
	}
	fmt.Printf("{\"rows\": %d, \"seconds\": %f}\n", rows, time.Since(start).Seconds())
}
