// Package bench has the campaign that the figures are measured with; its benchmarks set the whole way of an event (strict parse, admission,
// commit, fsync, fold) beside bare loops on the same NATS server, in one run. The same beside other stores: cmd/internal/peers.
//
//	go test -run xxx -bench . ./cmd/internal/bench
package bench
