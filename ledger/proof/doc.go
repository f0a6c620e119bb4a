// Package proof makes a campaign's log tamper-evident, and lets anybody check it who trusts neither the server nor its owner. It is pure:
// no NATS, no HTTP and, but for the tiles of a [Tree], no files, so that a verifier needs none of them.
//
// # Tree
//
// The log of a campaign is one Merkle tree as RFC 6962 has it. The leaf of event n has the index n-1; its input is the record as stored, a line
// feed, and the recorded time ([events.LeafHash]). A [Tree] grows as records arrive and keeps the bottom row of each tile of height 8 on
// disk: file l of its directory has the hashes of level 8·l in order, 32 bytes each, so that tile n of that level is its bytes 8192·n to
// 8192·(n+1). It costs two hashes an event (the leaf's own and one node), 32.13 bytes on disk, and can be made again from the stream.
//
// # Checkpoints
//
// A checkpoint is a tree head in the form of C2SP tlog-checkpoint, three lines and nothing else, in a signed note:
//
//	campaign-ledger/<campaign>/<genesis>      the origin; genesis is the SHA-256 of record 1 in hex
//	412                                       the size: how many events
//	<base64>                                  the root
//
//	— campaign-ledger/<campaign>/<genesis> <base64>     Ed25519, by the log's key, whose name is the origin
//	— cao-bang-w <base64>                                C2SP cosignature/v1, by a witness, with the time in whole seconds
//
// The log's line comes first, witnesses' lines follow in the order of the policy. Signed notes and base64 have slack: whatever is not
// exactly as [Checkpoint] writes it, a signature line that the policy does not know included, is refused.
//
// # Policy
//
// What an auditor trusts comes from a [Policy] that he got by another way than the log: the origin with the genesis hash, which pins record 1
// and by it the regulation and the keys of the founding members, the log's key, the witnesses' keys, and the quorum. It is written as
// C2SP tlog-policy has it.
//
// # Receipts
//
// A [Receipt] is a C2SP tlog-proof whose extra data is the leaf's input, so that it says what was recorded, when, and that the log includes
// it. A [Refusal] is a note by the log's key that a signed draft was refused after a stated event, and why. A [Lodging] is a note by a
// witness that a draft lay before it at a time. All three are checked offline.
//
// # Bundle
//
// A bundle is one file with all that a verifier needs but the policy and the files of evidence, of which it has the hashes; see [BundleWriter].
//
// # What can't be caught
//
// No log can prove what never reached it, nor what people agree to hide:
//   - a draft that the server refused or ignored before it was logged, where its author kept no signed refusal and lodged the draft with no
//     witness;
//   - two histories shown to different people by the server together with more witnesses than [Policy.Colluding], or under a policy that
//     requires too few, as long as nobody compares two checkpoints of them;
//   - a tail taken back before anybody else had a checkpoint, a receipt or a record of it; nor that an old checkpoint which still
//     holds is shown as the newest, but by the time of its cosignatures;
//   - the order in which the server recorded drafts that lay before it at the same time, and its clock: a recorded time is the server's
//     word, bounded by the times of the cosignatures before and after it;
//   - marks and minutes that are false: a signature says who wrote it, not that it is true;
//   - who read what: reads leave no trace, and the operator reads what a freeze or an open ballot hides from others;
//   - coercion, and the use of a key by somebody else than its holder.
package proof
