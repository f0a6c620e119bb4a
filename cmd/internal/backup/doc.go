// Package backup is the format of a campaign's backup: one file that holds all that a server keeps of a campaign and that can't be made again from
// the rest. It never holds a private key or a token. It does hold what is hidden from members and from the hall: frozen events, secret votes,
// detached texts; whoever has the file has these.
//
// # The file
//
//	campaign-backup/v1
//	{"campaign":"cum2-2017","genesis":"<hex>","key":"ed25519:<hex>","made":"2017-12-05T02:00:00.000Z","program":"…"}
//	{"part":"commit","bytes":1234,"first":1,"recorded":"2017-01-02T01:00:00.000Z"}
//	<1234 bytes>
//	{"part":"checkpoint","bytes":321}
//	<321 bytes>
//	…
//	{"part":"manifest","bytes":612}
//	<612 bytes of JSON>
//	sha256 <hex>
//
// Every line ends with a line feed, and so does every part, after its bytes; that line feed is not counted. Lines of JSON are as [json.Marshal] writes
// the types of this package, and nothing else is taken. The parts come in this order, each as often as it is there, but manifest once:
//
//	commit      a commit of the log, verbatim: its records, each with its line feed; first is the sequence of the first one, recorded their time
//	checkpoint  a signed note of the stream of checkpoints, in its order; of at most as many events as the commits have
//	filed       a signed note that the directory's file of checkpoints has and the stream lacks
//	policy      the witnesses' policy that was adopted
//	evidence    a file that records name; file says what was known of it, and its SHA-256
//	text        a detached text with its salt; text says whose it is, and its hash
//	erased      a detached text that was erased: its tombstone, without bytes
//	manifest    a [Manifest]: the sequence and the root, what is claimed of standings and awards, and how many parts there are
//
// The last line is the SHA-256 of all bytes before it. So every byte of the file is covered, whatever it means: a reader says that a file is damaged
// before it believes any of it. That the log in it is the one that the server had is a second question, which the refold answers: the commits have
// the root and give the standings that the manifest names, which the server took from its live state and not from the stream that it read.
//
// A commit stays a commit, with its time, so that leaves, root and proofs are what they were. The file can be written and read as a stream; nothing in
// it is compressed, so that a part can be found and read with plain tools.
package backup
