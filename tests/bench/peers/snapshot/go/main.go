// A peer of the snapshot bench: go-sql-driver, values as raw bytes, by the text or the binary protocol.
// Prints one JSON line a pass, then waits for its input to end.
package main

import (
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
)

func main() {
	kind, port, user, database, table := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	passes, _ := strconv.Atoi(os.Args[7])
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", "127.0.0.1:"+port
	config.User, config.Passwd, config.DBName = user, os.Getenv("PEER_PASSWORD"), database
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		panic(err)
	}
	for pass := 0; pass < passes; pass++ {
		read(db, table, kind == "binary")
	}
	os.Stdin.Read(make([]byte, 1))
}

func read(db *sql.DB, table string, binary bool) {
	start := time.Now()
	var rows *sql.Rows
	var err error
	if binary {
		// A parameter makes the driver prepare.
		rows, err = db.Query("SELECT * FROM "+table+" WHERE ? = 1", 1)
	} else {
		rows, err = db.Query("SELECT * FROM " + table)
	}
	if err != nil {
		panic(err)
	}
	names, _ := rows.Columns()
	values := make([]sql.RawBytes, len(names))
	places := make([]any, len(names))
	for i := range values {
		places[i] = &values[i]
	}
	count, bytes := 0, 0
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			panic(err)
		}
		count++
		for _, value := range values {
			bytes += len(value)
		}
	}
	fmt.Printf("{\"rows\": %d, \"seconds\": %f, \"bytes\": %d}\n", count, time.Since(start).Seconds(), bytes)
}
