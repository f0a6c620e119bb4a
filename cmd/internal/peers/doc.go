// Peers measures this ledger beside other stores, in one run, on one machine, with the same events: the records of about 400 bytes of one
// generated campaign.
//
//	go run ./cmd/internal/peers                       # the whole comparison: Markdown on standard output, about ten minutes
//	go run ./cmd/internal/peers --quick               # small: whether everything runs
//	go run ./cmd/internal/peers --growth growth.svg   # what an append costs in a log of a thousand to ten million records
//
// The stores: this ledger, in process and unsigned, with its admission, hashing and folds, and without HTTP; a bare JetStream stream on the same embedded
// server (a message an event; atomic batches; several events in a message); PostgreSQL with one plain table, and with message-db; Redis Streams; SQLite,
// as translated to Go. What is not installed is named as skipped. Servers are started on directories and sockets of their own, and stopped by their
// process ids.
//
// Every store acknowledges what is synced to disk: SyncAlways, fsync and synchronous_commit on, appendfsync always, WAL with synchronous FULL.
//
// Appends. So many writers each wait for their own acknowledgement. A store is measured as it comes (each writer by itself, over a connection of its
// own where there are connections) and in its best group-committing form: one goroutine gathers what waits, by the rule by which the ledger gathers,
// and stores it in one transaction, message or pipeline. Only the ledger parses, admits, hashes and folds what it appends. Stores take turns, in
// another order in each round, each on a new empty log; medians of the rounds.
//
// Replay. All events are read from the store, decoded by the ledger's decoder and folded by its projections, which admit every event once more; reading and decoding runs
// beside the fold. This is the same code for all stores, and the standings must come out the same, byte for byte. (Opening a campaign also hashes
// every leaf; cmd/internal/bench measures that.)
//
// Latency. A thousand appends a second, begun whether or not earlier ones are acknowledged, in the store's best form: from the append's begin to where a subscriber
// has the event (LISTEN and NOTIFY, XREAD BLOCK, an ordered consumer, data_version asked every 200 µs) or, in the ledger, to where the standings that hold it are made.
//
// Disk is what the store keeps of the replay's events; without the logs that PostgreSQL recycles. Memory is the resident memory (PostgreSQL: proportional)
// of the server's processes after the replay; of what runs inside a program, of a new process that has opened the store, which in the ledger's case means all folds.
package main
