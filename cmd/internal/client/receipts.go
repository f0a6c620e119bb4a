package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"campaignledger/cmd/internal/durable"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// ErrUnproven: what the server gave does not prove what it says.
var ErrUnproven = errors.New("the server's proof is wrong: keep the receipts, tell the other units, and have an auditor run verify")

// Receipts are a directory where a user keeps what the log signed for him. A campaign has a directory in it, with the log's policy as it was first
// seen, and a file for each receipt and refusal.
type Receipts struct {
	Dir string
	// Tell is called with what the user should know, for example that a server's key is seen for the first time.
	Tell func(campaign string, first *proof.Policy)
	// Refused is called with the path of a signed refusal that was kept.
	Refused func(path string)

	mu      sync.Mutex
	trouble []error // proofs that were wrong, or could not be kept
}

// Trouble is what was wrong with proofs so far; it wraps ErrUnproven where a proof is wrong.
func (k *Receipts) Trouble() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return errors.Join(k.trouble...)
}

const (
	policyName    = "policy"
	receiptSuffix = ".receipt"
	otherSuffix   = ".other" // a receipt that contradicts a kept one
	refusalSuffix = ".refusal"
)

// policy is the log's policy: its origin and key as they were first seen, its witnesses as the server has them now.
func (k *Receipts) policy(ctx context.Context, c *Client, id string) (*proof.Policy, error) {
	text, err := c.Policy(ctx, id)
	if err != nil {
		return nil, err
	}
	now, err := proof.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("%w: its policy: %w", ErrUnproven, err)
	}
	path := filepath.Join(k.Dir, id, policyName)
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = durable.Create(path, now.Marshal()); err == nil {
			if k.Tell != nil {
				k.Tell(id, now)
			}
			return now, nil
		}
		if errors.Is(err, fs.ErrExist) { // another command was first, and may have seen another key
			kept, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, err
	}
	first, err := proof.ParsePolicy(kept)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if first.Origin == now.Origin && first.Log != now.Log {
		return nil, fmt.Errorf("%w: the log is signed by %s, and %s has %s; if the units took it over from a backup, which campaign audit shows as ledger.taken-over with both keys, move %s elsewhere: the receipts in it stay good under the policy in it",
			ErrUnproven, now.Log, path, first.Log, filepath.Dir(path))
	}
	if first.Origin != now.Origin {
		return nil, fmt.Errorf("%w: its log is %s, signed by %s, and %s has %s, signed by %s; if you know that it is another campaign of this name, keep its receipts elsewhere",
			ErrUnproven, now.Origin, now.Log, path, first.Origin, first.Log)
	}
	return now, nil
}

// acknowledged is a line of an acknowledgement with a signed head.
type acknowledged struct {
	Seq        events.Seq      `json:"seq"`
	Recorded   string          `json:"recorded"`
	Record     json.RawMessage `json:"record"`
	Checkpoint string          `json:"checkpoint"`
}

// appendKept is Append for signed records, whose receipts and refusal are kept. The lines come without the heads.
func (c *Client) appendKept(ctx context.Context, id string, records []events.Record, body []byte) (lines []byte, err error) {
	var answer []byte
	err = c.read(&answer)(c.do(ctx, http.MethodPost, campaignPath(id, "/events"), url.Values{"receipt": {"true"}}, "", bytes.NewReader(body)))
	var refused *Error
	if errors.As(err, &refused) && refused.Refusal != "" {
		c.Receipts.note(c.Receipts.keepRefusal(ctx, c, id, refused.Refusal, records))
	}
	if err != nil {
		return nil, err
	}
	var list []acknowledged
	for line := range bytes.Lines(answer) {
		var ack acknowledged
		if err := json.Unmarshal(line, &ack); err != nil {
			return nil, fmt.Errorf("the server's answer: %w", err)
		}
		list = append(list, ack)
		lines = fmt.Appendf(lines, `{"seq":%d,"recorded":"%s","record":%s}`+"\n", ack.Seq, ack.Recorded, ack.Record)
	}
	c.Receipts.note(c.Receipts.keep(ctx, c, id, list, records))
	return lines, nil
}

func (k *Receipts) note(err error) {
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.trouble = append(k.trouble, err)
	}
}

// keep checks the heads of an acknowledgement, asks for the receipts and keeps them.
func (k *Receipts) keep(ctx context.Context, c *Client, id string, list []acknowledged, records []events.Record) error {
	policy, err := k.policy(ctx, c, id)
	if err != nil {
		return err
	}
	if len(list) != len(records) {
		return fmt.Errorf("%w: it acknowledges %d events, and %d were sent", ErrUnproven, len(list), len(records))
	}
	for i, ack := range list {
		if !bytes.Equal(records[i], ack.Record) {
			return fmt.Errorf("%w: event %d is not the record that was sent", ErrUnproven, ack.Seq)
		}
		if ack.Checkpoint == "" {
			return fmt.Errorf("%w: event %d came without a signed head, so that there is no receipt of it", ErrUnproven, ack.Seq)
		}
		head, err := proof.OpenCheckpoint([]byte(ack.Checkpoint), policy)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnproven, err)
		}
		if head.Size < uint64(ack.Seq) {
			return fmt.Errorf("%w: event %d came with a head of %d events", ErrUnproven, ack.Seq, head.Size)
		}
		r, err := c.receipt(ctx, id, ack, policy)
		if err != nil {
			return err
		}
		last, kept := k.newest(id, policy)
		err = errors.Join(k.put(id, r, policy), c.grew(ctx, id, head.Head, r.Checkpoint.Head))
		if kept {
			err = errors.Join(err, c.grew(ctx, id, last, head.Head))
		}
		if err != nil {
			return fmt.Errorf("event %d is stored: %w", ack.Seq, err)
		}
	}
	return nil
}

// put keeps a receipt. One that is kept of another event at its place proves that the log was rewritten: both are kept.
func (k *Receipts) put(id string, r *proof.Receipt, policy *proof.Policy) error {
	path := filepath.Join(k.Dir, id, fmt.Sprint(r.Seq)+receiptSuffix)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = durable.Create(path, r.Marshal()); errors.Is(err, fs.ErrExist) {
			return k.put(id, r, policy) // another command was first
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("its receipt could not be kept: %w", err)
	}
	before, err := openKept(data, policy)
	if err == nil && before.Leaf() == r.Leaf() {
		return nil // sent again
	}
	leaf := r.Leaf()
	const enough = 8 // bytes that tell events apart
	other := filepath.Join(k.Dir, id, fmt.Sprintf("%d-%x%s", r.Seq, leaf[:enough], otherSuffix))
	if err := durable.Create(other, r.Marshal()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s is no good receipt (%w); the new one is kept as %s", path, err, other)
	}
	return fmt.Errorf("%w: %s is the receipt of another event %d than %s", ErrUnproven, path, r.Seq, other)
}

// newest is the head of the receipt with the largest sequence; false if none is kept.
func (k *Receipts) newest(id string, policy *proof.Policy) (proof.Head, bool) {
	names, _ := filepath.Glob(filepath.Join(k.Dir, id, "*"+receiptSuffix)) // the pattern is a good one
	var largest uint64
	for _, name := range names {
		seq, _ := strconv.ParseUint(strings.TrimSuffix(filepath.Base(name), receiptSuffix), 10, 63)
		largest = max(largest, seq)
	}
	data, err := os.ReadFile(filepath.Join(k.Dir, id, fmt.Sprint(largest)+receiptSuffix))
	if err != nil {
		return proof.Head{}, false
	}
	r, err := openKept(data, policy)
	if err != nil {
		return proof.Head{}, false // campaign receipt says why
	}
	return r.Checkpoint.Head, true
}

// openKept opens a receipt that was kept, perhaps since before the witnesses changed: the log's signature is what it is kept for.
func openKept(data []byte, policy *proof.Policy) (*proof.Receipt, error) {
	return proof.OpenReceipt(proof.TrimUnknown(data, policy), policy)
}

// receipt asks for the receipt of an event that is known, and checks it.
func (c *Client) receipt(ctx context.Context, id string, of acknowledged, policy *proof.Policy) (*proof.Receipt, error) {
	recorded, err := events.ParseTime(of.Recorded)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	text, err := c.receiptText(ctx, id, of.Seq)
	if err != nil {
		return nil, err
	}
	r, err := proof.OpenReceipt(proof.WithLeaf(text, events.Record(of.Record), recorded), policy)
	if err != nil {
		return nil, fmt.Errorf("%w: event %d: %w", ErrUnproven, of.Seq, err)
	}
	if r.Seq != of.Seq || !bytes.Equal(r.Record, of.Record) || !r.Recorded.Equal(recorded) {
		return nil, fmt.Errorf("%w: the receipt of event %d is of another event", ErrUnproven, of.Seq)
	}
	return r, nil
}

func (c *Client) receiptText(ctx context.Context, id string, seq events.Seq) (text []byte, err error) {
	err = c.get(ctx, campaignPath(id, fmt.Sprintf("/events/%d/receipt", seq)), url.Values{"record": {"none"}}, &text)
	return text, err
}

// Receipt is the receipt of an event, checked under the server's own policy.
func (c *Client) Receipt(ctx context.Context, id string, seq events.Seq) (*proof.Receipt, error) {
	policy, err := c.Receipts.policy(ctx, c, id)
	if err != nil {
		return nil, err
	}
	e, err := c.Record(ctx, id, seq)
	if err != nil {
		return nil, err
	}
	if len(e.Record) == 0 {
		return nil, fmt.Errorf("the record of event %d is hidden from you for now, and so is its receipt", seq)
	}
	return c.receipt(ctx, id, acknowledged{Seq: seq, Recorded: e.Recorded, Record: e.Record}, policy)
}

// grew is nil if the server proves that the log of the smaller head is the beginning of that of the larger one.
func (c *Client) grew(ctx context.Context, id string, a, b proof.Head) error {
	if a.Size > b.Size {
		a, b = b, a
	}
	if a.Size == b.Size {
		if a.Root != b.Root {
			return fmt.Errorf("%w: it signed two logs of %d events", ErrUnproven, a.Size)
		}
		return nil
	}
	var text []byte
	err := c.get(ctx, campaignPath(id, "/growth"), url.Values{"from": {fmt.Sprint(a.Size)}, "to": {fmt.Sprint(b.Size)}}, &text)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		return fmt.Errorf("%w: it signed a log of %d events and can't show that this is the beginning of one of %d (%w)", ErrUnproven, a.Size, b.Size, err)
	}
	if err != nil {
		return err
	}
	var hashes []proof.Hash
	for line := range strings.Lines(string(text)) {
		h, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(line, "\n"))
		if err != nil || len(h) != len(proof.Hash{}) {
			return fmt.Errorf("%w: its proof of growth can't be read", ErrUnproven)
		}
		hashes = append(hashes, proof.Hash(h))
	}
	if err := proof.CheckGrowth(hashes, b.Size, b.Root, a.Size, a.Root); err != nil {
		return fmt.Errorf("%w: the log of %d events is not the beginning of that of %d: %w", ErrUnproven, a.Size, b.Size, err)
	}
	return nil
}

// keepRefusal keeps what the log signed when it refused drafts.
func (k *Receipts) keepRefusal(ctx context.Context, c *Client, id, note string, records []events.Record) error {
	policy, err := k.policy(ctx, c, id)
	if err != nil {
		return err
	}
	kept := proof.KeepRefusal([]byte(note), records)
	r, err := proof.OpenRefusal(kept, policy)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	const enough = 16                                                                       // digits that tell bodies apart
	name := fmt.Sprintf("%s-%d%s", proof.DraftHash(records)[:enough], r.Seq, refusalSuffix) // refused again later it is another refusal
	path := filepath.Join(k.Dir, id, name)
	if err := durable.Create(path, kept); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if k.Refused != nil {
		k.Refused(path)
	}
	return nil
}

// Checked is what became of a kept receipt.
type Checked struct {
	Seq      events.Seq
	Recorded time.Time
	Size     uint64 // of the head that it was given under
	Err      error  // nil: the log still includes it
}

// Check holds every kept receipt of a campaign against the newest checkpoint. An error means that this could not be done; what is wrong with a
// receipt stands in its Err.
func (k *Receipts) Check(ctx context.Context, c *Client, id string) (list []Checked, newest *proof.Checkpoint, err error) {
	policy, err := k.policy(ctx, c, id)
	if err != nil {
		return nil, nil, err
	}
	var msg []byte
	if err := c.get(ctx, campaignPath(id, "/checkpoint"), nil, &msg); err != nil {
		return nil, nil, err
	}
	if newest, err = proof.OpenCheckpoint(msg, policy); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	names, err := filepath.Glob(filepath.Join(k.Dir, id, "*"+receiptSuffix))
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		seq, _ := strconv.ParseUint(strings.TrimSuffix(filepath.Base(name), receiptSuffix), 10, 63)
		checked := Checked{Seq: events.Seq(seq)}
		if checked.Err = k.checkOne(ctx, c, id, name, policy, newest, &checked); errors.Is(checked.Err, context.Canceled) {
			return nil, nil, checked.Err
		}
		list = append(list, checked)
	}
	slices.SortFunc(list, func(a, b Checked) int { return int(a.Seq) - int(b.Seq) })
	return list, newest, nil
}

func (k *Receipts) checkOne(ctx context.Context, c *Client, id, name string, policy *proof.Policy, newest *proof.Checkpoint, checked *Checked) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	r, err := openKept(data, policy)
	if err != nil {
		return err
	}
	checked.Recorded, checked.Size = r.Recorded, r.Checkpoint.Size
	if checked.Seq != r.Seq {
		return fmt.Errorf("%s is the receipt of event %d", name, r.Seq)
	}
	return c.grew(ctx, id, r.Checkpoint.Head, newest.Head)
}

// AdoptPolicy makes the witnesses of a policy the server's.
func (c *Client) AdoptPolicy(ctx context.Context, id string, policy []byte) (text []byte, err error) {
	err = c.read(&text)(c.do(ctx, http.MethodPost, campaignPath(id, "/policy"), nil, "", bytes.NewReader(policy)))
	return text, err
}
