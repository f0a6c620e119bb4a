// Package ledger is the log of a campaign: what was admitted, in order, for good.
//
// # Commits
//
// A [Commit] is the atomic unit of storage: one or more records that were admitted together, one canonical line each, every
// line ended by a line feed. In JetStream it is one message of the stream CAMPAIGN_<id> on the subject campaign.<id>, with
// two headers: First-Seq, the decimal sequence of its first event, and Recorded, the server's time in the form
// YYYY-MM-DDTHH:MM:SS.mmmZ. Event sequences run through a campaign from 1 without gaps, whatever the stream's own sequences
// are; recorded times never decrease. A reader refuses whatever is not exactly so and names the place ([BrokenError]).
//
// # Appending
//
// One goroutine a campaign admits and appends in a process ([Ledger]). It takes whatever bodies are queued, admits each
// through the [Gate] it was given, stores the admitted ones as one commit (one fsync) and then acknowledges each writer. The
// store takes a commit only right after the event before its first, which fences other processes: the loser reads the tail,
// admits again and tries again. After any error that leaves open whether a commit was stored, the tail is read and what is
// there is recognised by event id. Nothing is acknowledged that is not stored, and nothing is stored twice.
//
// # Signatures
//
// Admission decides whether a record is signed by whom it names. The costly part is done ahead of it, on all cores: a writer's goroutine
// has its own records checked before they queue, a replay those of the next stretch while one is admitted ([Gate.Check]). What was found
// is a hint, since keys change: admission checks by itself what was not looked at or was found good under a key that is no longer the
// author's. What a caller says about a signature counts for nothing.
//
// # When the log is broken
//
// A gap, a foreign message, a record that is not canonical or that admission refuses, a log shorter than what this directory
// has seen before ([Head]), a stream whose settings would allow erasing: the ledger goes read-only before it, keeps what was
// good, and says why ([Ledger.Broken]). It never reuses a sequence.
package ledger
