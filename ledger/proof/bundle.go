package proof

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"campaignledger/events"
)

// BundleHeader is the first line of a bundle.
const BundleHeader = "campaign-ledger/bundle/v1"

// The words that start the lines of a bundle.
const (
	wordCommit     = "commit"
	wordCheckpoint = "checkpoint"
	wordEvidence   = "evidence"
	wordStandings  = "standings"
	wordAwards     = "awards"
)

const (
	// maxClaimBytes bounds a line of standings or awards.
	maxClaimBytes = 256 << 20
	// maxWordBytes bounds any other line that starts with a word, and the last one: the longest is of evidence.
	maxWordBytes = 80
	// bufferBytes is how much is read or written at a time.
	bufferBytes = 64 << 10
)

// BundleWriter writes a bundle, a file of lines, in this order:
//
//	campaign-ledger/bundle/v1
//	<origin>
//	commit <first event> <recorded> <n>        then n records, one a line, as stored; for each commit, in order
//	checkpoint <n>                             then the n bytes of the note; right after the commit that ends at its size
//	evidence <sha256>                          for each file that the records name, sorted, once
//	standings <JSON>                           as `standings -o json` prints them after the last event
//	awards <JSON>                              as `awards -o json` prints them, in Vietnamese; {} in an unsigned campaign
//	<sha256>                                   of all before, in hex
//
// Each line ends with a line feed. The first error stays, also one for a part that can't be read back alone; Close reports it.
type BundleWriter struct {
	w      *bufio.Writer
	digest hash.Hash
	err    error
}

// NewBundleWriter starts a bundle.
func NewBundleWriter(w io.Writer, origin string) *BundleWriter {
	b := &BundleWriter{w: bufio.NewWriterSize(w, bufferBytes), digest: sha256.New()}
	b.write([]byte(BundleHeader + "\n" + origin + "\n"))
	return b
}

func (b *BundleWriter) write(data []byte) {
	if b.err == nil {
		b.digest.Write(data)
		_, b.err = b.w.Write(data)
	}
}

// Commit adds the records of a commit, each followed by a line feed.
func (b *BundleWriter) Commit(first events.Seq, recorded time.Time, records []byte) {
	n := bytes.Count(records, []byte{'\n'})
	if len(records) > 0 && records[len(records)-1] != '\n' {
		n++
	}
	b.refuse(n < 1, "a commit without records")
	b.write(fmt.Appendf(nil, "%s %d %s %d\n", wordCommit, first, events.FormatTime(recorded), n))
	b.write(records)
	if len(records) > 0 && records[len(records)-1] != '\n' {
		b.write([]byte{'\n'})
	}
}

// Checkpoint adds a checkpoint after the commit that ends at its size.
func (b *BundleWriter) Checkpoint(msg []byte) {
	b.refuse(!bytes.HasSuffix(msg, []byte{'\n'}), "a checkpoint without a line feed at its end")
	b.write(fmt.Appendf(nil, "%s %d\n", wordCheckpoint, len(msg)))
	b.write(msg)
}

// Evidence adds the hash of a file.
func (b *BundleWriter) Evidence(sha256 string) { b.write([]byte(wordEvidence + " " + sha256 + "\n")) }

// Standings adds the claimed standings, one line of JSON.
func (b *BundleWriter) Standings(line []byte) { b.claim(wordStandings, line) }

// Awards adds the claimed awards, one line of JSON.
func (b *BundleWriter) Awards(line []byte) { b.claim(wordAwards, line) }

func (b *BundleWriter) claim(word string, line []byte) {
	b.refuse(bytes.IndexByte(line, '\n') >= 0, word+" of several lines")
	b.write(append(append([]byte(word+" "), line...), '\n'))
}

// refuse makes the bundle fail if a part of it could not be read again.
func (b *BundleWriter) refuse(bad bool, what string) {
	if bad && b.err == nil {
		b.err = fmt.Errorf("a bundle can't hold %s", what)
	}
}

// Close writes the last line.
func (b *BundleWriter) Close() error {
	b.write([]byte(hex.EncodeToString(b.digest.Sum(nil)) + "\n"))
	if b.err == nil {
		b.err = b.w.Flush()
	}
	return b.err
}

// BundleItem is one part of a bundle: exactly one of its fields but Line is set.
type BundleItem struct {
	Line       int // of the file, where the part starts
	Commit     *BundleCommit
	Checkpoint []byte // a signed note, not checked
	Evidence   string
	Standings  []byte
	Awards     []byte
}

// BundleCommit is a commit of a bundle.
type BundleCommit struct {
	First    events.Seq
	Recorded time.Time
	Records  []events.Record
}

// BundleReader reads a bundle part by part, in memory for one part, and refuses parts out of their order and any other form than BundleWriter's.
// What the parts say is not checked: that the last line is the hash of all before shows at the end, the rest is the verifier's.
type BundleReader struct {
	r      *bufio.Reader
	digest hash.Hash
	line   int
	stage  int // which words may still come
	origin string
	next   events.Seq
	noted  bool   // a checkpoint followed the last commit
	file   string // the last one of the evidence
	err    error  // the first; it stays
}

// NewBundleReader reads a bundle's first lines.
func NewBundleReader(r io.Reader) (*BundleReader, error) {
	b := &BundleReader{r: bufio.NewReaderSize(r, bufferBytes), digest: sha256.New(), next: 1}
	header, err := b.readLine(len(BundleHeader))
	if err != nil || string(header) != BundleHeader {
		return nil, fmt.Errorf("it is not a bundle: its first line is not %s", BundleHeader)
	}
	origin, err := b.readLine(len(OriginPrefix) + 200)
	if err == nil {
		b.origin = string(origin)
		_, _, err = ParseOrigin(b.origin)
	}
	if err != nil {
		return nil, b.fail(err)
	}
	return b, nil
}

// Origin is the log that the bundle says it is of; the policy decides.
func (b *BundleReader) Origin() string { return b.origin }

func (b *BundleReader) fail(err error) error {
	return fmt.Errorf("line %d of the bundle: %w", b.line, err)
}

// readLine reads a line of at most limit bytes, without its line feed, and hashes it. It belongs to the caller.
func (b *BundleReader) readLine(limit int) ([]byte, error) {
	b.line++
	var line []byte
	for {
		part, err := b.r.ReadSlice('\n')
		if len(line)+len(part) > limit+1 {
			return nil, fmt.Errorf("the line is longer than %d bytes", limit)
		}
		line = append(line, part...)
		if err == nil {
			b.digest.Write(line)
			return line[:len(line)-1], nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, cutOff(err)
		}
	}
}

// cutOff is what to say when reading failed: the file ended, or it can't be read.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the bundle is cut off")
	}
	return err
}

// Next is the next part; io.EOF after the last line, which was found to be right. An error comes again at each later call.
func (b *BundleReader) Next() (BundleItem, error) {
	if b.err != nil {
		return BundleItem{}, b.err
	}
	item, err := b.part()
	if err != nil {
		b.err = err
		return BundleItem{}, err
	}
	return item, nil
}

// words start the parts of a bundle.
var words = []string{wordCommit, wordCheckpoint, wordEvidence, wordStandings, wordAwards}

// errNoWord says of a line that it stands where a part should start.
func errNoWord(word []byte) error {
	return fmt.Errorf("%.40q is not a word of a bundle: a part should start here (%s), or the hash at the end stand; a line above was left out, added or changed",
		word, strings.Join(words, ", "))
}

// lineLimit is how long the next line may be, by the word that starts it.
func (b *BundleReader) lineLimit() int {
	start, _ := b.r.Peek(len(wordStandings) + 1) // a line that is cut off shows when it is read
	if bytes.HasPrefix(start, []byte(wordStandings+" ")) || bytes.HasPrefix(start, []byte(wordAwards+" ")) {
		return maxClaimBytes
	}
	return maxWordBytes
}

// part reads the next part.
func (b *BundleReader) part() (BundleItem, error) {
	before := b.digest.Sum(nil)
	limit := b.lineLimit()
	start, _ := b.r.Peek(maxWordBytes + 1)
	if word, _, _ := bytes.Cut(start, []byte{' '}); len(start) > maxWordBytes && bytes.IndexByte(start, '\n') < 0 && !slices.Contains(words, string(word)) {
		b.line++
		return BundleItem{}, b.fail(errNoWord(word)) // which says more than that it is too long
	}
	line, err := b.readLine(limit)
	if err != nil {
		return BundleItem{}, b.fail(err)
	}
	item := BundleItem{Line: b.line}
	word, rest, found := bytes.Cut(line, []byte{' '})
	if !found {
		return item, b.end(line, before)
	}
	stage := 0
	switch string(word) {
	case wordCommit:
		item.Commit, err = b.commit(string(rest))
	case wordCheckpoint:
		item.Checkpoint, err = b.checkpoint(string(rest))
	case wordEvidence:
		stage = 1
		item.Evidence, err = b.evidence(string(rest))
	case wordStandings:
		stage, item.Standings = 2, rest
	case wordAwards:
		stage, item.Awards = 3, rest
	default:
		err = errNoWord(word)
	}
	if err == nil && (stage < b.stage || stage > 1 && stage != b.stage+1 && !(stage == 2 && b.stage == 0)) {
		err = fmt.Errorf("%q is not in its place", word)
	}
	b.stage = stage
	if err != nil {
		return item, b.fail(err)
	}
	return item, nil
}

// commit reads a commit after its line's first word.
func (b *BundleReader) commit(head string) (*BundleCommit, error) {
	f := strings.Split(head, " ")
	if len(f) != 3 {
		return nil, errors.New("a commit has a first event, a recorded time and a number of records")
	}
	first, err := strconv.ParseUint(f[0], 10, 63)
	if err != nil || strconv.FormatUint(first, 10) != f[0] {
		return nil, fmt.Errorf("%.30q is not a sequence", f[0])
	}
	recorded, err := events.ParseTime(f[1])
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(f[2])
	if err != nil || n < 1 || n > events.MaxCommitEvents || strconv.Itoa(n) != f[2] {
		return nil, fmt.Errorf("a commit has 1 to %d records, not %.30q", events.MaxCommitEvents, f[2])
	}
	c := &BundleCommit{First: events.Seq(first), Recorded: recorded, Records: make([]events.Record, 0, n)}
	if c.First != b.next {
		return c, fmt.Errorf("event %d comes where event %d should", c.First, b.next)
	}
	size := 0
	for range n {
		record, err := b.readLine(events.MaxCommitBytes)
		if err != nil {
			return nil, err
		}
		if size += len(record) + 1; size > events.MaxCommitBytes {
			return nil, fmt.Errorf("the commit has more than %d bytes", events.MaxCommitBytes)
		}
		c.Records = append(c.Records, record)
	}
	b.next += events.Seq(n)
	b.noted = false
	return c, nil
}

// evidence reads a file's hash, which comes after that of the file before.
func (b *BundleReader) evidence(hash string) (string, error) {
	if !isHash(hash) {
		return "", fmt.Errorf("%.80q is not a SHA-256 in lower-case hex", hash)
	}
	if hash <= b.file {
		return "", fmt.Errorf("the evidence %s is not sorted", hash)
	}
	b.file = hash
	return hash, nil
}

// checkpoint reads a note after its line's first word. It is of the size that the last commit ended at, and the only one.
func (b *BundleReader) checkpoint(size string) ([]byte, error) {
	n, err := strconv.Atoi(size)
	if err != nil || n < 1 || n > MaxNoteBytes || strconv.Itoa(n) != size {
		return nil, fmt.Errorf("a checkpoint has 1 to %d bytes, not %.30q", MaxNoteBytes, size)
	}
	msg := make([]byte, n)
	if _, err := io.ReadFull(b.r, msg); err != nil {
		return nil, cutOff(err)
	}
	b.digest.Write(msg)
	b.line += bytes.Count(msg, []byte{'\n'})
	lines := bytes.SplitN(msg, []byte{'\n'}, 3)
	switch {
	case !bytes.HasSuffix(msg, []byte{'\n'}) || len(lines) < 3:
		return nil, fmt.Errorf("the checkpoint: %w", errForm)
	case b.noted || b.next == 1 || string(lines[1]) != strconv.FormatUint(uint64(b.next)-1, 10):
		return nil, fmt.Errorf("a checkpoint of %.30q events is not right after the commit that ends there, or not the only one", lines[1])
	}
	b.noted = true
	return msg, nil
}

// end checks the last line, and that nothing follows.
func (b *BundleReader) end(line, digest []byte) error {
	switch {
	case b.stage != 3 && !isHash(string(line)):
		return b.fail(errNoWord(line))
	case b.stage != 3:
		return b.fail(errors.New("the bundle ends before its awards"))
	}
	if string(line) != hex.EncodeToString(digest) {
		return b.fail(errors.New("the last line is not the SHA-256 of all before: the file was changed or damaged"))
	}
	if _, err := b.r.ReadByte(); !errors.Is(err, io.EOF) {
		if err != nil {
			return b.fail(err)
		}
		return b.fail(errors.New("something follows the last line"))
	}
	return io.EOF
}
