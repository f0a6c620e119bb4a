// Package bench holds no code: its benchmarks set the whole way of an event (strict parse, admission, commit, fsync, fold) beside bare
// loops on the same NATS server, in one run.
//
//	go test -run xxx -bench . ./cmd/internal/bench
package bench
