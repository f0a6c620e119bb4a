// Package projections folds a campaign's events: who may still say what (State), the standings (board), the history (journal), and
// what a rank is made of (Why). A fold is a function of the events and their recorded times. It reads no clock, no randomness, no map
// in its order and no float, so that every server, reader and verifier gets the same answer from the same log.
//
// # Data flow
//
//	draft → Complete → Admit → (fsync) → Commit → journal, boards → Standings, Audit, Why
//
// Admit checks an event against everything admitted before and overlays its effect. The overlay can be undone to any Savepoint and
// becomes part of the state at Commit; readers see what is committed and nothing else. A lost race with another process therefore
// costs an undo, never a refold. Live puts all folds together behind one lock and is the gate that package ledger is given.
//
// # Admission, rules version 1
//
// For every event: the campaign is open and is the one the record names; the event is the next one and its id is new; recorded times
// do not decrease; no signature (an unsigned campaign has nobody who could check it); the campaign is not closed; no import of
// another is under way (for 5 s after its last row). Claimed times lie at most 5 minutes after the recorded time; with clock: live at
// most delay before it; with clock: historic not before the previous event's.
//
//	campaign.opened   only as event 1, under its own id, without members
//	target.set        known cluster, unit and target leaf, assigned to the unit; scorer is not the unit; supersedes and reason as below
//	score.entered     known cluster, unit, leaf and level, assigned to the unit; the level lets the scorer score the unit; the mark is of
//	                  the method's kind and in its range; item on adjustments only; one scorer with a value where the aggregate is
//	                  single; one place of a scorer to one unit once the body ends; supersedes and reason as below
//	entry.withdrawn   names a current entry about its subject, with a reason
//	tie.decided       known cluster, different units of it; whether they tie is asked by the standings, at every sequence again
//	import.started    batches that add up; its rows follow in order, and each batch's records have the announced RFC 6962 root
//	campaign.closed   ends everything
//
// An entry whose key (cluster, unit, leaf, level, scorer, item; for targets cluster, unit, leaf) has a current entry names exactly that
// one in supersedes and says why; an entry whose key has none supersedes nothing. At a level open to any, peer-units, own-unit,
// not-own, the lead or a list, the rule holds for the scorer's id; council ids are taken as given while there are no members.
//
// A refusal is a *Refusal: a stable Code, the field, what is wrong, what to do.
//
// # Standings
//
// A board keeps one cluster. An entry marks its unit and leaf; the next read recomputes what is marked. A target or proportional leaf
// depends on the column's largest value: an entry that leaves it alone costs O(1) there, one that moves it O(n) in units. Ranking is
// O(n log n). A read after which nothing changed returns the same snapshot. The arithmetic is exact: marks are millionths in 64 bits,
// sums 128 bits, quotients fractions; the one rounding is half away from zero, where the regulation puts it.
//
// # Reading the source
//
// plan.go prepares a regulation. journal.go keeps the facts. state.go, table.go and admit*.go admit. board.go, column.go, score.go and
// standings*.go rank. audit.go, why.go and asof.go answer questions. import.go plans a file. live.go puts them together.
package projections
