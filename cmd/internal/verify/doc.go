// Package verify checks a bundle of a campaign's log offline, against a policy that the auditor got by another way. It has no server, no network
// and no store among its dependencies; it folds the same code as the server.
//
// [Run] reads the bundle once. Its memory is that of the fold, of the bundle's claims (the lines of standings and awards, and the list of evidence,
// which are held until the fold is there to compare them with), and of what the auditor kept: a file of checkpoints is read as a stream, and counts
// one for each head. Commits and checkpoints pass through a few batches. Run says of each of these, in this order, ok, FAILED with the first event at
// fault, not checkable, or not reached:
//
//   - authentic: the bundle is of the policy's log, record 1 has the policy's genesis hash, and every signature is good under the key that its
//     author had at that event.
//   - complete: events run from 1 without gaps, the file has its form and its last line, each checkpoint is the policy's log's and has the root
//     of the tree of the events before it, sizes rise, and the last one covers the last event. A take-over names the root of the tree that it took
//     over; a bundle has the checkpoints of the key that signs since, which the policy has to name.
//   - witnessed: a quorum of the policy's witnesses has cosigned a checkpoint that covers the last event. Where the regulation in force then names
//     witnesses, the policy names the same with the same keys, and asks for as many of them or more: an old or a false policy shows here, one that
//     asks for none too. What a fold that ended early would make of the regulation is not asked. A quorum that is unsafe – of n witnesses f =
//     ⌊(n-1)/3⌋ may lie, and two quorums must share more than f – is said to be, and fails nothing: the heads may have agreed on it.
//   - timely: recorded times never decrease, and agree with the times of cosignatures; see below.
//   - admitted: the rules of the campaign admit every event at its place, and every commit as a whole.
//   - recomputed: standings, awards with their ballots, and the list of evidence, worked out of the events, equal the bundle's, byte for byte.
//   - against, for each thing the auditor kept: the bundle goes on from it; see [Source].
//   - document, for each: it was logged, and made again of the records it has the same bytes.
//   - evidence, if asked: which of the files that the records name are at hand.
//   - not checkable: what nobody can tell from a bundle.
//
// The fold ends before the first event that can't be admitted; hashes, checkpoints and times go on.
//
// # What was kept under other witnesses
//
// A checkpoint or receipt with a good signature of the log and a cosignature by a key that the policy does not know (a witness of another time, or
// its other key) is held against the bundle by what is known to be signed: of a fork, or of more events than the bundle has, it fails. If it agrees
// it is not checkable, with [Line].Mend: the policy of that time settles it, and until then the report is not ok, since a changed line looks the
// same. Nothing else that is not checkable keeps a report from being ok: no other file would tell whether the server held what a draft names,
// and a lodging behind which nothing was recorded is no fault of anybody's yet. In the bundle itself such a cosignature fails, for the server drops
// those that the policy in force does not know. A lodging has no signature but its witness's, so that one by an unknown key fails too.
//
// # Times
//
// With n witnesses, of which a quorum q must cosign, f = max(0, 2q-n-1) may lie and two quorums still share one who does not. Of a checkpoint with
// more than f cosignatures, let t be their times in order, t[0] the earliest of k. One of t[0..f] is honest, so that the checkpoint was there by
// t[f]+1s (they count whole seconds): no event that it covers may be recorded later than that and [Skew]. One of t[k-1-f..k-1] is honest and
// cosigned only what was the newest: no event behind it may be recorded before t[k-1-f] less Skew. Checkpoints that the auditor kept bound times as the
// bundle's own do; where a file has one several times, each witness's earliest time counts for the former, and its latest for the latter. A campaign with clock: historic has true recorded times too.
package verify
