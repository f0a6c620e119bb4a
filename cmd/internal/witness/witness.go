package witness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/mod/sumdb/note"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// Config says what a witness watches and with what.
type Config struct {
	Dir        string        // of all campaigns; each has its own directory in it
	Policy     *proof.Policy // what it trusts
	PolicyFile string        // named in what alarms say to do
	Key        *keys.Key     // of the purpose witness
	Server     *client.Client
	Login      *keys.Key // a member's, to read what that member may; nil reads as the public
	Peers      []*client.Client
	Interval   time.Duration // between rounds
	Silence    time.Duration // how long the server may give no valid answer
	Log        zerolog.Logger
	Now        func() time.Time                                 // time.Now if nil
	Pause      func(ctx context.Context, d time.Duration) error // waits, or ends with ctx; a timer if nil
	Progress   func(done, all events.Seq)                       // of a long refold; may be nil
	Tell       func(*Alarm)                                     // of an alarm that the witness outlives; may be nil
}

// Witness watches one log. Its rounds belong to one goroutine; its handler serves any number.
type Witness struct {
	cfg    Config
	name   string
	id     string // of the campaign
	store  *store
	fold   *fold
	tree   *proof.Tree
	treeAt cursor       // how far the tree has been grown, which is how far checkpoints were compared
	edge   *proof.Range // of all that was found good
	times  clockRules
	signer note.Signer

	head     *proof.Checkpoint // the newest that was found good; nil before the first
	noted    *proof.Checkpoint // the last in checkpoints.txt
	seen     time.Time         // when head was last seen as the newest; as saved
	saved    time.Time         // what the state says of seen
	covering bool              // something hidden may have been revealed
	alarm    *Alarm            // what ended the rounds
	report   Report            // of the last good round
	newest   atomic.Pointer[[]byte]
	lodged   *lodgings
	evidence evidence
	peers    []peer
	loggedIn time.Time
}

// Open opens the witness's directory, refolds its copy and checks it against what it cosigned last. An *Alarm: the copy is not that.
func Open(ctx context.Context, cfg Config) (*Witness, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Pause == nil {
		cfg.Pause = pause
	}
	w := &Witness{cfg: cfg, id: cfg.Policy.Campaign(), fold: newFold(cfg.Policy), edge: &proof.Range{}, covering: true}
	for _, known := range cfg.Policy.Witnesses {
		if known.Key == cfg.Key.Public {
			w.name = known.Name
		}
	}
	if w.name == "" {
		return nil, fmt.Errorf("the key %s is none of the witnesses' in the policy; name the key whose public half stands there, or have it put into the policy (campaign key show FILE)", cfg.Key.Public)
	}
	var err error
	if w.signer, err = proof.CosignerAt(w.name, cfg.Key.Private(), cfg.Now); err != nil {
		return nil, err
	}
	if w.store, err = openStore(filepath.Join(cfg.Dir, w.id), cfg.Policy, w.name); err != nil {
		return nil, w.complete(err)
	}
	if err := w.load(ctx); err != nil {
		return nil, w.complete(errors.Join(err, w.Close()))
	}
	return w, nil
}

// load reads what was kept.
func (w *Witness) load(ctx context.Context) (err error) {
	if w.tree, err = proof.OpenTree(w.store.path(treeName)); err != nil {
		return err
	}
	signer, err := proof.LodgingSigner(w.name, w.cfg.Key.Private())
	if err != nil {
		return err
	}
	if w.lodged, err = openLodgings(w.store.path(lodgedName), w.cfg.Policy.Origin, signer); err != nil {
		return err
	}
	w.evidence.open(w.store.path(evidenceName))
	w.fold.wants = w.evidence.want
	for _, c := range w.cfg.Peers {
		w.peers = append(w.peers, peer{client: c})
	}
	if err := w.loadHead(); err != nil || w.head == nil {
		return err
	}
	if err := w.growTree(w.head.Size, func(l *line) { w.edge.Append(l.leaf); w.times.last = l.recorded }); err != nil {
		return err
	}
	if root := w.edge.Root(); w.edge.Size() != w.head.Size || root != w.head.Root {
		return &Alarm{Kind: Damaged, Size: w.head.Size, Reason: fmt.Sprintf("the root of its %d events is %s, and the checkpoint says %s", w.edge.Size(), root, w.head.Root)}
	}
	if all := w.store.state.Last; w.cfg.Progress != nil {
		w.fold.progress = func(seq events.Seq) { w.cfg.Progress(seq, all) }
		defer func() { w.fold.progress = nil }()
	}
	return w.fold.catchUp(ctx, w.store)
}

// loadHead reads the newest checkpoint that was found good.
func (w *Witness) loadHead() (err error) {
	s := &w.store.state
	if s.Head == "" {
		return nil
	}
	if w.head, err = proof.OpenCheckpoint([]byte(s.Head), w.cfg.Policy); err != nil {
		return fmt.Errorf("%s holds a checkpoint that the policy does not take (%w); use the policy under which it was kept, or choose another directory with --dir", w.store.dir, err)
	}
	w.noted = w.head
	if s.Seen != "" {
		if w.seen, err = events.ParseTime(s.Seen); err != nil {
			return &Alarm{Kind: Damaged, Reason: stateName + ": " + err.Error()}
		}
		w.saved = w.seen
	}
	if s.Cosigned != "" {
		w.publish([]byte(s.Cosigned))
	}
	return nil
}

// publish makes a note the one that peers are given.
func (w *Witness) publish(msg []byte) { w.newest.Store(&msg) }

// complete gives an alarm what its text needs.
func (w *Witness) complete(err error) error {
	var a *Alarm
	if errors.As(err, &a) {
		a.Dir, a.Policy, a.BaseURL = filepath.Join(w.cfg.Dir, w.id), w.cfg.PolicyFile, w.cfg.Server.URL
		return a
	}
	return err
}

// Name is the witness's name in the policy.
func (w *Witness) Name() string { return w.name }

// Dir is its directory of the campaign.
func (w *Witness) Dir() string { return w.store.dir }

// Size is how many events it has found good.
func (w *Witness) Size() uint64 {
	if w.head == nil {
		return 0
	}
	return w.head.Size
}

// Folded is how many of them it has admitted again: fewer than Size while something is hidden.
func (w *Witness) Folded() events.Seq { return w.fold.last }

// Last is what the last good round found.
func (w *Witness) Last() Report { return w.report }

// Close gives the directory free.
func (w *Witness) Close() error {
	var errs []error
	if w.tree != nil {
		errs = append(errs, w.tree.Close())
	}
	return errors.Join(append(errs, w.store.Close())...)
}

// pause waits for d, or until ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
