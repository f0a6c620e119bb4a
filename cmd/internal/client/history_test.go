package client_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"campaignledger/events"
)

// opKind is what a client did with the log.
type opKind int

const (
	opAppend opKind = iota // of an event by its id; at was its place, 0 where the outcome is unknown
	opHead                 // asked how long the log is: at
	opEvent                // read event at: its id, "" where the log ended before it
	opSum                  // asked for the standings: at is the newest event in them
)

// op is one operation of a client.
type op struct {
	client    int
	kind      opKind
	id        string
	at        events.Seq
	call, end time.Time
}

func (o op) String() string {
	return fmt.Sprintf("client %d, %s %d %s", o.client, [...]string{"append", "head", "event", "standings"}[o.kind], o.at, o.id)
}

// logModel is an append-only log of unique ids that begins with from events. placed is where each id stands. Its state is the log's length: an append
// takes effect where the log has grown to just before its place, so that what was read settles the order.
func logModel(from events.Seq, placed map[events.Seq]string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return from },
		Step: func(state, input, _ any) (bool, any) {
			length, is := state.(events.Seq)
			o, isOp := input.(op)
			if !is || !isOp {
				return false, state
			}
			switch o.kind {
			case opAppend:
				return o.at == length+1 && placed[o.at] == o.id, length + 1
			case opEvent:
				if o.id == "" {
					return o.at > length, length
				}
				return o.at <= length && placed[o.at] == o.id, length
			case opHead, opSum:
				return o.at == length, length
			}
			return false, state
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(input, _ any) string { return fmt.Sprintf("%+v", input) },
	}
}

// linearizable checks a history of a log that had from events before it. An append with an unknown outcome may have taken effect at any time after its call, or
// never: stored, the whole log as it was read afterwards, tells which. What stored has and no op appended was appended by others, at a time of their own.
func linearizable(from events.Seq, ops []op, stored map[events.Seq]string) error {
	const limit = time.Minute // for a checker that goes astray; it takes moments
	placed := maps.Clone(stored)
	place := map[string]events.Seq{}
	for seq, id := range stored {
		place[id] = seq
	}
	appended := map[events.Seq]bool{}
	last := from
	for seq := range stored {
		last = max(last, seq)
	}
	list := make([]porcupine.Operation, 0, len(ops))
	add := func(o op, end int64) {
		list = append(list, porcupine.Operation{ClientId: o.client, Input: o, Call: o.call.UnixNano(), Return: end})
	}
	for _, o := range ops {
		switch {
		case o.kind == opAppend && o.at == 0:
			if o.at = place[o.id]; o.at > from {
				appended[o.at] = true
				add(o, math.MaxInt64)
			}
		case o.kind == opAppend:
			if placed[o.at] == "" {
				placed[o.at] = o.id
			}
			appended[o.at] = true
			add(o, o.end.UnixNano())
		default:
			add(o, o.end.UnixNano())
		}
	}
	for seq := from + 1; seq <= last; seq++ {
		if !appended[seq] {
			list = append(list, porcupine.Operation{Input: op{kind: opAppend, id: placed[seq], at: seq}, Call: math.MinInt64, Return: math.MaxInt64})
		}
	}
	if result := porcupine.CheckOperationsTimeout(logModel(from, placed), list, limit); result != porcupine.Ok {
		return fmt.Errorf("a history of %d operations from event %d on is not linearizable: %s%s", len(ops), from, result, contradictions(list))
	}
	return nil
}

// contradictions names pairs of which each alone shows that a history is not linearizable; there may be none.
func contradictions(list []porcupine.Operation) (text string) {
	const most = 5
	found := 0
	for _, read := range list {
		o, _ := read.Input.(op)
		if o.kind == opAppend || found >= most {
			continue
		}
		for _, write := range list {
			a, _ := write.Input.(op)
			has := o.at >= a.at
			if o.kind == opEvent {
				if o.at != a.at && (o.id != "" || o.at > a.at) {
					continue
				}
				has = o.id != ""
			}
			if a.kind == opAppend && (!has && write.Return < read.Call || has && write.Call > read.Return) {
				found++
				text += fmt.Sprintf("\n%s read in %s..%s, and %s was appended in %s..%s", o, clock(read.Call), clock(read.Return), a, clock(write.Call), clock(write.Return))
				break
			}
		}
	}
	return text
}

func clock(nanoseconds int64) string { return time.Unix(0, nanoseconds).Format("05.000000") }

// TestHistoryChecker: the checker takes a good history, with outcomes that nobody knows, and none that was forged.
func TestHistoryChecker(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	appended := func(id string, seq events.Seq, call, end int) op {
		return op{kind: opAppend, id: id, at: seq, call: at(call), end: at(end)}
	}
	head := func(seq events.Seq, call, end int) op { return op{kind: opHead, at: seq, call: at(call), end: at(end)} }
	read := func(id string, seq events.Seq, call, end int) op {
		return op{kind: opEvent, id: id, at: seq, call: at(call), end: at(end)}
	}
	good := []op{appended("a", 8, 0, 10), appended("b", 9, 5, 15), appended("unknown", 0, 6, 8), head(10, 20, 25), read("a", 8, 20, 25), read("", 11, 21, 26),
		appended("never", 0, 5, 8), appended("c", 11, 22, 40), {kind: opSum, at: 11, call: at(30), end: at(50)}, read("c", 11, 45, 50)}
	stored := map[events.Seq]string{8: "a", 9: "b", 10: "unknown", 11: "c", 12: "of somebody else"}
	if err := linearizable(7, good, stored); err != nil {
		t.Fatalf("a good history: %v", err)
	}
	for name, forge := range map[string]func(ops []op, stored map[events.Seq]string) []op{
		"an event is lost": func(ops []op, stored map[events.Seq]string) []op {
			delete(stored, 12)
			stored[11] = "d"
			return ops
		},
		"an event stands twice":      func(ops []op, _ map[events.Seq]string) []op { return append(ops, appended("a", 9, 30, 40)) },
		"a place was given twice":    func(ops []op, _ map[events.Seq]string) []op { return append(ops, appended("d", 11, 30, 40)) },
		"a head is old":              func(ops []op, _ map[events.Seq]string) []op { return append(ops, head(8, 16, 18)) },
		"a head is ahead":            func(ops []op, _ map[events.Seq]string) []op { return append(ops, head(11, 16, 18)) },
		"a head goes back":           func(ops []op, _ map[events.Seq]string) []op { return append(ops, head(10, 51, 52), head(9, 53, 54)) },
		"another event is read":      func(ops []op, _ map[events.Seq]string) []op { return append(ops, read("b", 8, 20, 21)) },
		"an acknowledged one is not": func(ops []op, _ map[events.Seq]string) []op { return append(ops, read("", 8, 20, 21)) },
		"it was seen before its append": func(ops []op, _ map[events.Seq]string) []op {
			return append(ops, read("c", 11, 16, 18))
		},
		"standings are old": func(ops []op, _ map[events.Seq]string) []op {
			return append(ops, op{kind: opSum, at: 10, call: at(60), end: at(61)})
		},
		"what never was stored is read": func(ops []op, _ map[events.Seq]string) []op { return append(ops, read("never", 10, 30, 31)) },
	} {
		forgedStored := maps.Clone(stored)
		if linearizable(7, forge(slices.Clone(good), forgedStored), forgedStored) == nil {
			t.Errorf("a forged history passes: %s", name)
		}
	}
}
