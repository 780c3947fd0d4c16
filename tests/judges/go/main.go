package main
import _ "github.com/aliyun/aliyun-odps-go-sdk/odps/tunnel"
func main(){}
